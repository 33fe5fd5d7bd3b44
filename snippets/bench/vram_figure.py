"""Predicted against planned by llama.cpp: points, and all errors."""

import json
from pathlib import Path

import matplotlib.pyplot as plt
from vram_errors import rows

from fourbit.vram.lines import MIB

folder = Path("docs/assets/figures/bench")
folder.mkdir(parents=True, exist_ok=True)
RUST, BLUE, GRAY = "#b3541e", "#1f5fa8", "#6e7781"
plt.rcParams.update(
    {
        "svg.hashsalt": "fourbit",
        "font.size": 11,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "svg.fonttype": "none",
        "font.family": "sans-serif",
    }
)
ways = [
    ("thumb", RUST, "weights and a fifth"),
    ("plain", GRAY, "weights and a plain cache"),
    ("ours", BLUE, "fourbit.vram"),
]
found = list(rows())
figure, (left, right) = plt.subplots(1, 2, figsize=(7, 3.9))
base = [f for f in found if f["asked"] == "32,768"]
for way, color, name in ways:
    real = [(f["planned"] - f["weights"]) / MIB for f in base]
    told = [(f["guesses"][way] - f["weights"]) / MIB for f in base]
    left.loglog(real, told, "o", ms=3, color=color, alpha=0.7, mew=0)
    off = sorted(abs(f[way]) for f in found)
    share = [(i + 1) / len(off) for i in range(len(off))]
    off = [max(o, 1e-6) for o in off]
    right.semilogx(off[::15], share[::15], color=color, label=name)
ends = [30, 3e5]
left.plot(ends, ends, lw=0.8, color=GRAY)
left.set(xlim=ends, ylim=ends)
left.set_xlabel("MiB planned by llama.cpp")
left.set_ylabel("MiB predicted")
left.set_title("Beside weights, context 32,768", size=11)
right.set(xlim=(1e-6, 4), ylim=(0, 1.02))
marks = [1e-6, 1e-4, 1e-2, 1]
right.set_xticks(marks, ["0.0001%", "0.01%", "1%", "100%"])
right.set_xlabel("error of the whole, at most")
right.set_title("Share of rows", size=11)
right.legend(
    frameon=False,
    bbox_to_anchor=(0.02, 0.3),
    loc="center left",
    fontsize=9,
)
plt.tight_layout()
plt.savefig(folder / "vram_errors.svg", metadata={"Date": None})
print(json.dumps({"points": len(base)}))
