"""The budget of one model under six uses, as bars."""

from pathlib import Path

import matplotlib.pyplot as plt

from fourbit.book import find_root
from fourbit.book.results import Results

folder = Path("docs/assets/figures/18_hardware")
folder.mkdir(parents=True, exist_ok=True)
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
PARTS = (
    ("weights", "#1f5fa8", "weights"),
    ("cache", "#b3541e", "cache"),
    ("compute", "#6e7781", "buffers"),
    ("runtime", "#c9ced4", "runtime"),
)
rows = Results(find_root())["18_hardware.budget"].value["rows"][::-1]
labels = [
    f"{r['users']} x {r['context']:,}"
    if r["users"] > 1
    else f"{r['context']:,}"
    for r in rows
]
figure, axes = plt.subplots(figsize=(7, 3.2))
left = [0.0] * len(rows)
for part, color, name in PARTS:
    sizes = [r[part] for r in rows]
    axes.barh(labels, sizes, left=left, color=color, label=name)
    left = [a + b for a, b in zip(left, sizes, strict=True)]
for size in (8, 12, 16, 24):
    axes.axvline(size, color="#24292f", lw=0.8, ls="--")
    axes.text(size, len(rows) - 0.45, f"{size} GB", ha="center", size=9)
axes.set_xlabel("GiB")
axes.set_ylabel("tokens of context")
axes.legend(frameon=False, loc=(0.7, 0.55), fontsize=9)
plt.tight_layout()
plt.savefig(folder / "budget.svg", metadata={"Date": None})
print(f"{len(rows)} bars")
