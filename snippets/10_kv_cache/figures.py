# /// script
# [tool.fourbit]
# timeout = 120
# ///
"""The pictures of the chapter, drawn from its results."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from fourbit.book import find_root
from fourbit.book.results import Results

folder = Path("docs/assets/figures/10_kv_cache")
folder.mkdir(parents=True, exist_ok=True)
BROWN, GREEN, BLUE, INK = "#b3541e", "#2c7a4b", "#1f5fa8", "#24292f"
look = {"svg.hashsalt": "fourbit", "svg.fonttype": "none"}
look |= {"font.size": 11, "font.family": "sans-serif"}
look |= {"axes.spines.top": False, "axes.spines.right": False}
plt.rcParams.update(look | {"figure.figsize": (7, 3.6)})
results = Results(find_root())


def save(name):
    plt.tight_layout()
    plt.savefig(folder / f"{name}.svg", metadata={"Date": None})
    plt.close()


rows = results["10_kv_cache.architectures"].value["rows"]
rows = sorted(rows, key=lambda row: row["token"])
names = [f"{row['model']} ({row['how']})" for row in rows]
sizes = [row["token"] / 1000 for row in rows]
plt.barh(names, sizes, color=BLUE, height=0.62)
for y, size in enumerate(sizes):
    plt.text(size + 6, y, f"{size:,.0f}", va="center", color=INK)
plt.xlim(0, 590)
plt.tick_params(axis="y", length=0)
plt.xlabel("kB for each further token, 16 bits")
save("architectures")

heads = results["10_kv_cache.loudness"].value["heads"]
for name, color, style in (
    ("smollm2 keys", BROWN, "-"),
    ("smollm2 values", GREEN, "-"),
    ("tiny keys", BROWN, ":"),
    ("tiny values", GREEN, ":"),
):
    size = np.sort(heads[name])[::-1] / np.median(heads[name])
    label = name.replace("smollm2", "SmolLM2,").replace("tiny", "tiny,")
    plt.semilogy(size, style, color=color, label=label)
plt.gca().yaxis.set_major_formatter(lambda y, _: f"{y:g}")
plt.xlabel("channel of a head, loudest first")
plt.ylabel("mean size / median")
plt.legend(frameon=False)
save("loudness")
print("2 figures")
