"""KL divergence by type of cache, from the results of the chapter."""

from pathlib import Path

import matplotlib.pyplot as plt

from fourbit.book import find_root
from fourbit.book.results import Results

folder = Path("docs/assets/figures/10_kv_cache")
folder.mkdir(parents=True, exist_ok=True)
BROWN, GREEN = "#b3541e", "#2c7a4b"
look = {"svg.hashsalt": "fourbit", "svg.fonttype": "none"}
look |= {"font.size": 11, "font.family": "sans-serif"}
look |= {"axes.spines.top": False, "axes.spines.right": False}
plt.rcParams.update(look)

results = Results(find_root())
rows = results["10_kv_cache.rounding"].value["rows"]
figure, both = plt.subplots(1, 2, figsize=(7, 3.4), sharey=True)
for axes, model, title in zip(
    both, ("tiny", "smollm2"), ("tiny", "SmolLM2"), strict=True
):
    mine = [row for row in rows if row["model"] == model]
    for part, color, mark in (
        ("keys", BROWN, "o"),
        ("values", GREEN, "s"),
    ):
        ways = [row["way"].replace("per ", "per\n") for row in mine]
        kl = [row[part] for row in mine]
        style = {"ls": "none", "ms": 8, "mfc": "none", "mew": 1.8}
        axes.semilogy(ways, kl, mark, color=color, label=part, **style)
    axes.set_title(title, size=11)
    axes.margins(x=0.2)
    axes.grid(axis="y", alpha=0.3)
both[0].set_ylabel("KL divergence (nats), Q4_0")
both[0].legend(frameon=False, loc="upper left")
plt.tight_layout()
plt.savefig(folder / "kl.svg", metadata={"Date": None})
print("1 figure")
