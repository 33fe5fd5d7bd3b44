"""A super-block, and what importances give at which size."""

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.patches import Rectangle

from fourbit.book import find_root
from fourbit.book.results import Results

folder = Path("docs/assets/figures/05_gguf")
folder.mkdir(parents=True, exist_ok=True)
RTN, BLUE, LIGHT, INK = "#b3541e", "#1f5fa8", "#c3d7ee", "#24292f"
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


def save(name):
    plt.tight_layout()
    plt.savefig(folder / f"{name}.svg", metadata={"Date": None})
    plt.close()


figure, axes = plt.subplots(figsize=(7, 2.4))
fields = [("d", 2, RTN), ("dmin", 2, RTN), ("scales", 12, BLUE)]
places = [(name, color) for name, n, color in fields for _ in range(n)]
places += [("qs", LIGHT)] * 128
for i, (_, color) in enumerate(places):  # 18 bytes to a line
    cell = Rectangle((i % 18, i // 18), 0.9, 0.86, color=color, lw=0)
    axes.add_patch(cell)
for x, y, text, ground in [
    (0.95, 0.43, "d", RTN),
    (2.95, 0.43, "dmin", RTN),
    (9.95, 0.43, "8 scales and 8 minima, 6 bits each", BLUE),
    (9, 4.43, "256 codes, 4 bits each", LIGHT),
]:
    box = {"facecolor": ground, "lw": 0, "pad": 2}
    ink = INK if ground == LIGHT else "white"
    how = {"ha": "center", "va": "center", "bbox": box, "size": 10}
    axes.text(x, y, text, color=ink, **how)
axes.set(xlim=(-0.2, 18.2), ylim=(8.1, -0.2))
axes.axis("off")
save("super_block")

# bits, KL without and with: llama.cpp, tools/perplexity/README.md,
# Llama-3-8B; bits as the rules give them
published = [
    *[(3.16, 0.445132, 0.332223), (4.00, 0.101913, 0.084358)],
    *[(4.30, 0.087176, 0.073077), (4.67, 0.043136, 0.031951)],
    *[(4.89, 0.031273, 0.028152)],
]
rows = Results(find_root())["05_gguf.imatrix_gain"].value["rows"]
own = [(row["bits"], row["plain"], row["docs"]) for row in rows]
figure, both = plt.subplots(1, 2, figsize=(7, 3.4), sharey=True)
for axes, title, points in zip(
    both,
    ("tiny, measured", "Llama-3-8B, published"),
    (own, published),
    strict=True,
):
    bits, plain, with_one = zip(*points, strict=True)
    axes.semilogy(bits, plain, "o:", mfc="none", color=RTN)
    axes.semilogy(bits, with_one, "o-", color=BLUE)
    axes.set_title(title, size=11)
    axes.set_xlabel("bits per weight")
    axes.set_xlim(2.9, 5.1)
ticks = [0.02, 0.05, 0.1, 0.2, 0.5]
both[0].set_yticks(ticks, [f"{y:g}" for y in ticks])
both[0].minorticks_off()
both[0].set_ylabel("KL divergence (nats)")
labels = ["without importances", "with"]
both[1].legend(labels, frameon=False)
save("imatrix")
print("2 figures")
