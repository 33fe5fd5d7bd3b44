# /// script
# [tool.fourbit]
# timeout = 120
# ///
"""The pictures of the comparison, drawn from its recorded results."""

import json
from pathlib import Path

import matplotlib.pyplot as plt

from fourbit.book import find_root
from fourbit.book.results import Results

folder = Path("docs/assets/figures/bench")
folder.mkdir(parents=True, exist_ok=True)
plt.rcParams.update(
    {
        "svg.hashsalt": "fourbit",
        "font.size": 11,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "figure.figsize": (7, 3.2),
        "svg.fonttype": "none",
        "font.family": "sans-serif",
    }
)

run = Results(find_root())["bench.memory_curve"].value
minutes = [row["seconds"] / 60 for row in run["curve"]]
plt.plot(minutes, [row["rss_mb"] / 1e3 for row in run["curve"]])
for level, name in [
    (run["model_bytes"] / 1e9, "the model"),
    (run["baseline_bytes"] / 1e9, "Python and its libraries"),
]:
    plt.axhline(level, color="#57606a", lw=1, ls="--")
    side = "bottom" if "model" in name else "top"
    plt.text(minutes[-1], level, name, ha="right", va=side)
plt.ylim(0, 1.12 * run["model_bytes"] / 1e9)
plt.xlabel("minutes")
plt.ylabel("GB in memory")
plt.tight_layout()
plt.savefig(folder / "memory.svg", metadata={"Date": None})

shown = Results(find_root())["bench.shrinkage"].value["shown"]
seen, unseen = zip(*shown["energies"], strict=True)
ends = (min(seen), max(seen))
plt.figure(figsize=(5, 4))
plt.plot(ends, ends, color="#57606a", lw=1, ls="--")
plt.plot(seen, unseen, "o", ms=4, color="#0969da")
plt.xscale("log")
plt.yscale("log")
plt.xlabel("energy on calibration text")
plt.ylabel("energy on unseen text")
plt.tight_layout()
plt.savefig(folder / "spectrum.svg", metadata={"Date": None})

print(json.dumps({"points": len(minutes), "directions": len(seen)}))
