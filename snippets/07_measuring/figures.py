# /// script
# [tool.fourbit]
# timeout = 300
# ///
"""The pictures of the chapter, drawn from its results."""

from itertools import pairwise
from pathlib import Path
from statistics import NormalDist

import matplotlib.pyplot as plt
import numpy as np
import torch

from fourbit import tiny
from fourbit.book import find_root
from fourbit.book.results import Results
from fourbit.calibration.cut import tokenize
from fourbit.engine import models, tasks
from fourbit.engine.evaluate import score

folder = Path("docs/assets/figures/07_measuring")
folder.mkdir(parents=True, exist_ok=True)
RED, GREEN, BLUE, INK = "#b3541e", "#2c7a4b", "#1f5fa8", "#24292f"
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


def position():  # loss by place in the window
    path = models.find("tiny")
    model = models.load(path)
    ids = tokenize(models.load_tokenizer(path), tiny.text("docs"))
    rows = torch.from_numpy(
        ids[: len(ids) // 512 * 512].reshape(-1, 512)
    )
    with torch.inference_mode():
        logits = [model(row[None]).logits[0, :-1] for row in rows]
    nll = np.mean(
        [
            score(x, row[1:])[:, 0]
            for x, row in zip(logits, rows, strict=True)
        ],
        axis=0,
    )
    edges = np.unique(np.geomspace(1, 512, 17).round().astype(int))
    means = [nll[a - 1 : b - 1].mean() for a, b in pairwise(edges)]
    plt.stairs(np.exp(means), edges, baseline=None, color=BLUE, lw=2)
    plt.axvline(256, color=RED, ls=":")
    plt.text(262, np.exp(means[3]), "llama.cpp\nscores here", color=RED)
    plt.xscale("log", base=2)
    plt.xticks([1, 4, 16, 64, 256, 512], [1, 4, 16, 64, 256, 512])
    plt.yscale("log")
    plt.yticks([10, 20, 50, 100, 200], [10, 20, 50, 100, 200])
    plt.gca().yaxis.set_minor_locator(plt.NullLocator())
    plt.xlabel("tokens that can be read before")
    plt.ylabel("perplexity")
    save("position")


def seen(axes, key, title):  # damage over its own uncertainty
    rows = results[key].value["rows"]
    bits = [row["bits"] for row in rows]
    kl = [2 * r["kl"] / (r["kl_high"] - r["kl_low"]) for r in rows]
    ppl = [
        2
        * np.log(r["perplexity_ratio"])
        / np.log(r["perplexity_ratio_high"] / r["perplexity_ratio_low"])
        for r in rows
    ]
    normal = NormalDist()
    task = [
        normal.inv_cdf(1 - r["p_value"] / 2) / 1.96 * np.sign(r["drop"])
        for r in rows
    ]
    places = range(len(bits))
    for values, mark, color, label in [
        (kl, "o", BLUE, "KL divergence"),
        (ppl, "s", GREEN, "perplexity"),
        (task, "^", RED, "task"),
    ]:
        style = {"marker": mark, "color": color, "mfc": "none"}
        axes.plot(places, values, **style, label=label)
    axes.axhline(1, color=INK, ls=":")
    axes.set_yscale("symlog", linthresh=1)
    axes.set_yticks([-1, 0, 1, 10, 50], ["-1", "0", "1", "10", "50"])
    axes.set_xticks(places, bits)
    axes.set_xlabel(f"bits, {title}")


def first():
    _, axes = plt.subplots(1, 2, sharey=True)
    seen(axes[0], "07_measuring.bits", "tiny")
    seen(axes[1], "07_measuring.smollm2_bits", "SmolLM2")
    axes[0].set_ylabel("damage / its 95 % half-width")
    axes[0].legend(frameon=False, fontsize=9, loc="lower right")
    save("first")


def items():
    share = np.geomspace(0.01, 0.5, 60)
    for drop, color, style in [
        (0.01, BLUE, "-"),
        (0.02, RED, "--"),
        (0.05, GREEN, "-."),
    ]:
        x = share[share >= drop]
        y = [tasks.items_needed(drop, value) for value in x]
        plt.loglog(
            x, y, style, color=color, label=f"{drop:.0%} fewer right"
        )
    plt.axhline(400, color=INK, ls=":")
    plt.text(0.011, 430, "400 items", fontsize=9)
    ticks = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5]
    plt.xticks(ticks, [f"{t:.0%}" for t in ticks])
    plt.gca().xaxis.set_minor_formatter(plt.NullFormatter())
    plt.yticks([100, 1000, 10_000], ["100", "1,000", "10,000"])
    plt.xlabel("items that the two models answer differently")
    plt.ylabel("items needed")
    plt.legend(frameon=False)
    save("items")


def layers():
    _, axes = plt.subplots(1, 2, sharey=True)
    rows = results["07_measuring.smollm2_layers"].value["rows"]
    kinds = {}
    for row in rows:
        kinds.setdefault(row["name"].split(".")[-1], []).append(row)
    marks = zip("os^vD<>", (BLUE, RED, GREEN, INK) * 2, strict=False)
    for (kind, own), (mark, color) in zip(
        kinds.items(), marks, strict=True
    ):
        look = {"marker": mark, "color": color, "mfc": "none"}
        look |= {"ls": "none", "ms": 4}
        kl = [row["kl"] for row in own]
        blocks = [int(row["name"].split(".")[2]) for row in own]
        axes[0].semilogy(blocks, kl, **look, label=kind[:-5])
        error = [row["error"] for row in own]
        axes[1].semilogy(error, kl, **look)
    axes[0].set_xlabel("block")
    axes[0].set_ylabel("KL divergence, this layer alone")
    axes[1].set_xlabel("error of the layer's own output")
    axes[1].xaxis.set_major_formatter(lambda x, _: f"{x:.0%}")
    axes[0].set_ylim(5e-5, 1)
    look = {"loc": "upper center", "ncols": 4, "columnspacing": 1}
    axes[0].legend(frameon=False, fontsize=8, **look)
    save("layers")


for draw in (position, first, items, layers):
    draw()
print("4 figures")
