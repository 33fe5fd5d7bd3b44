# /// script
# [tool.fourbit]
# timeout = 300
# ///
"""The pictures of the chapter, drawn from its results."""

from pathlib import Path

import matplotlib.pyplot as plt

from fourbit.book import find_root
from fourbit.book.results import Results

folder = Path("docs/assets/figures/08_calibration")
folder.mkdir(parents=True, exist_ok=True)
RTN, GREEN, BLUE, INK = "#b3541e", "#2c7a4b", "#1f5fa8", "#24292f"
plt.rcParams.update(
    {
        "svg.hashsalt": "fourbit",
        "font.size": 11,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "figure.figsize": (7, 3.6),
        "svg.fonttype": "none",
        "font.family": "sans-serif",
    }
)
results = Results(find_root())


def save(name):
    plt.tight_layout()
    plt.savefig(folder / f"{name}.svg", metadata={"Date": None})
    plt.close()


sweep = results["08_calibration.tokens"].value
rows, axes = sweep["rows"], plt.gca()
x = [row["tokens"] for row in rows]
for key, color, mark, damp in [
    ("low", BLUE, "o", "0.01"),
    ("high", GREEN, "D", "0.05"),
]:
    y, low, high, seen = (
        [row[k] for row in rows]
        for k in (key, f"{key}_min", f"{key}_max", f"seen_{key}")
    )
    look = {"color": color, "mfc": "none", "ms": 4}
    label = f"unseen text, damping {damp}"
    axes.semilogx(x, y, mark + "-", label=label, **look)
    axes.fill_between(x, low, high, color=color, alpha=0.15, lw=0)
    axes.semilogx(x, seen, mark + ":", lw=1, **look)
axes.annotate("seen text", (32, 2.5e-4), color=INK)
axes.axhline(sweep["rounding"], color=RTN, ls="--", label="rounding")
axes.axvline(sweep["d_in"], color=INK, lw=0.8, ls=":")
inputs = f"{sweep['d_in']} inputs "
axes.annotate(inputs, (sweep["d_in"], 2e-3), color=INK, ha="right")
axes.yaxis.set_major_formatter(lambda y, _: f"{y:.1%}")
axes.set(ylim=0, xlabel="calibration tokens", ylabel="output error")
axes.set_xticks(x[::2], [f"{tokens:,}" for tokens in x[::2]])
axes.minorticks_off()
axes.legend(frameon=False)
save("tokens")

rows = results["08_calibration.domains"].value["rows"][1:]
for i, row in enumerate(rows):
    for j, domain in enumerate(("docs", "code", "legal")):
        y, low, high = (row[domain + k] for k in ("", "_low", "_high"))
        plt.errorbar(
            j + (i - 1.5) * 0.12,
            y,
            yerr=[[y - low], [high - y]],
            fmt="oDsv"[i],
            color=(BLUE, GREEN, RTN, INK)[i],
            mfc="none",
            capsize=2,
            label=row["calibrated"] if j == 0 else None,
        )
plt.xticks(range(3), ["docs", "code", "legal"])
plt.xlabel("evaluated on")
plt.ylabel("KL divergence (nats)")
plt.ylim(0)
plt.legend(title="calibrated on", frameon=False, ncol=2)
save("domains")
print("2 figures")
