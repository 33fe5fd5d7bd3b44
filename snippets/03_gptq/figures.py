# /// script
# [tool.fourbit]
# timeout = 120
# ///
"""The pictures of the chapter, drawn from real weights and results."""

import json
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from fourbit import tiny
from fourbit.book import find_root
from fourbit.book.results import Results
from fourbit.gptq import gptq, hessian
from fourbit.grid import quantize_rtn

folder = Path("docs/assets/figures/03_gptq")
folder.mkdir(parents=True, exist_ok=True)
RTN, GPTQ, INK = "#b3541e", "#1f5fa8", "#24292f"
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


def save(name):
    plt.tight_layout()
    plt.savefig(folder / f"{name}.svg", metadata={"Date": None})
    plt.close()


W, X = tiny.layer()
H = hessian(X)
plain, solved = quantize_rtn(W, 3, 64), gptq(W, H, 3, 64)
row, group = 7, slice(704, 744)  # late: errors have arrived
scale, zero = float(plain.scales[row, 11]), int(plain.zeros[row, 11])
for code in range(8):
    plt.axhline((code - zero) * scale, color="#d0d7de", lw=1, zorder=0)
columns = np.arange(704, 744)
for q, color, name in [(plain, RTN, "rounded"), (solved, GPTQ, "GPTQ")]:
    plt.plot(
        columns,
        q.dequantize()[row, group],
        "s" if q is plain else "D",
        ms=5,
        mfc="none",
        color=color,
        label=name,
    )
plt.plot(columns, W[row, group], "o", ms=4, color=INK, label="original")
plt.xlabel("input column")
plt.ylabel("weight")
plt.legend(
    ncol=3,
    loc="upper center",
    bbox_to_anchor=(0.5, 1.17),
    frameon=False,
)
save("weights_on_grid")

for tokens, color in [(256, RTN), (8192, GPTQ)]:
    values = np.linalg.eigvalsh(hessian(X[:tokens]))[::-1]
    plt.semilogy(
        np.maximum(values, 1e-4),
        color=color,
        label=f"{tokens:,} tokens",
    )
plt.axhline(
    0.01 * np.diag(H).mean(), color=INK, ls=":", label="damping"
)
plt.xlabel("eigenvalue, largest first")
plt.ylabel("size")
plt.ylim(1e-4)
plt.legend(frameon=False)
save("hessian_spectrum")

record = json.loads((tiny.MODEL / "training.json").read_text())
for domain, color in [("docs", RTN), ("code", GPTQ)]:
    plt.semilogy(
        [point["step"] * 4096 / 1e6 for point in record["curve"]],
        [point[f"{domain}_perplexity"] for point in record["curve"]],
        color=color,
        label=f"held-out {domain}",
    )
plt.xlabel("million tokens seen")
plt.ylabel("perplexity")
plt.legend(frameon=False)
save("training_curve")

results = Results(find_root())
tables = {
    "tiny model": (results["03_gptq.bits_sweep.rows"].value, "kl"),
    "SmolLM2-135M": (results["03_gptq.smollm2_sweep.rows"].value, "kl"),
}
for figure, axis, keep in [
    ("error_vs_bits", "bits", lambda r: r["group"] == 64),
    ("error_vs_group", "bpw", lambda r: r["bits"] == 4),
]:
    _, axes = plt.subplots(1, 2)
    for ax, (title, (rows, key)) in zip(axes, tables.items()):
        kept = sorted(filter(keep, rows), key=lambda r: r[axis])
        for method, color, mark in [
            ("rtn", RTN, "s"),
            ("gptq", GPTQ, "D"),
        ]:
            ax.plot(
                [r[axis] for r in kept],
                [r[f"{method}_{key}"] for r in kept],
                marker=mark,
                mfc="none",
                color=color,
                label={"rtn": "rounding", "gptq": "GPTQ"}[method],
            )
        if axis == "bits":
            ax.set_yscale("log")
        else:
            ax.set_ylim(0)
        ax.set_title(title, fontsize=11)
        ax.set_xlabel("bits" if axis == "bits" else "bits per weight")
    axes[0].set_ylabel("KL divergence (nats)")
    axes[0].legend(frameon=False)
    save(figure)
print("5 figures")
