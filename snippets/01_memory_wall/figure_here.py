"""The measured roofline of one core."""

import matplotlib.pyplot as plt
from style import BLUE, BROWN, INK, save

from fourbit.book import find_root
from fourbit.book.results import Results

found = Results(find_root())["01_memory_wall.roofline_here"].value
xs = [row["per_byte"] for row in found["rows"]]
slope, peak = found["bandwidth"] / 1e9, found["peak"] / 1e9
figure, axes = plt.subplots(figsize=(7, 3.6))
ends = [0.3, peak / slope, 100]
roof = [min(slope * x, peak) for x in ends]
axes.loglog(ends, roof, color=INK, lw=1, ls="--")
done = [row["ops"] / 1e9 for row in found["rows"]]
axes.loglog(xs, done, "o-", color=BLUE)
for row, x, y in zip(found["rows"], xs, done, strict=True):
    if row["n"] in (1, 8, 128):
        text = f"{row['n']} vector{'s' * (row['n'] > 1)}"
        axes.annotate(
            text,
            (x, y),
            (6, -14),
            textcoords="offset points",
            color=BLUE,
        )
axes.text(0.45, slope * 0.45 * 1.6, "memory", color=BROWN, ha="center")
axes.text(30, peak * 1.1, "arithmetic", color=BROWN, ha="center")
axes.set_xticks(ticks := [0.5, 1, 2, 5, 10, 20, 50], ticks)
axes.set_yticks(ticks := [10, 20, 50, 100], ticks)
axes.set_ylim(5, 130)
axes.minorticks_off()
axes.set_xlabel("operations for each byte read")
axes.set_ylabel("billion operations a second")
save("here")
print("1 figure")
