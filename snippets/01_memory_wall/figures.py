"""Bytes of a token by part, and the roofline."""

import matplotlib.pyplot as plt
from rule import parts
from style import BLUE, BROWN, GREEN, INK, LIGHT, save

from fourbit.vram import devices

BARS = [("F16", 0), ("Q8_0", 0), ("Q4_K_M", 0), ("Q4_K_M", 8192)]
BARS += [("Q4_K_M", 32768)]
COLORS = {"attention": BLUE, "feed forward": LIGHT}
COLORS |= {"head": GREEN, "cache": BROWN}
figure, axes = plt.subplots(figsize=(7, 3.2))
names = []
for place, (quant, context) in enumerate(BARS):
    left = 0
    for part, size in parts("llama-3.1-8b", quant, context).items():
        label = part if place == 0 else None
        how = {"left": left, "color": COLORS[part], "label": label}
        axes.barh(place, size / 1e9, 0.7, **how)
        left += size / 1e9
    more = f"\n{context // 1024}k tokens" if context else ""
    names.append(quant + more)
axes.set_yticks(range(len(BARS)), names)
axes.invert_yaxis()
axes.set_xlabel("GB read for one token")
axes.legend(frameon=False, loc="lower right")
save("parts")

figure, axes = plt.subplots(figsize=(7, 4.2))
MARKS = [  # operations a byte: 2 for each weight and token
    (2 / 2, "decode,\n16 bits"),
    (2 / (4.5 / 8), "decode,\n4.5 bits"),
    (2 / (4.5 / 8) * 8, "8 users,\n4.5 bits"),
    (2 / (4.5 / 8) * 512, "prompt of\n512 tokens"),
]
for name, color in (("RTX 4090", BLUE), ("M3 Pro 36GB", BROWN)):
    machine = devices.read(name)[0]
    slope, peak = machine.bandwidth / 1e3, machine.tflops
    ends = [0.4, peak / slope, 6000]
    axes.loglog(ends, [min(slope * x, peak) for x in ends], color=color)
    for x, _ in MARKS:
        axes.plot(x, min(slope * x, peak), "o", color=color)
    label = (
        f"{machine.name}\n{machine.bandwidth:.0f} GB/s, {peak} TFLOPS"
    )
    where = (330, peak * (0.33 if name == "RTX 4090" else 0.3))
    axes.text(*where, label, color=color, size=9, ha="center")
for x, label in MARKS:
    axes.axvline(x, color=INK, lw=0.5, ls=":", zorder=0)
    axes.text(x, 0.042, label, size=9, ha="center", va="bottom")
axes.set_ylim(0.04, 400)
axes.set_xticks(xs := [1, 10, 100, 1000], xs)
axes.set_yticks(ys := [0.1, 1, 10, 100], ys)
axes.set_xlabel("operations for each byte read")
axes.set_ylabel("TFLOPS at most")
save("roofline")
print("2 figures")
