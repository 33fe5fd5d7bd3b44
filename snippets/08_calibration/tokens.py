# /// script
# [tool.fourbit]
# timeout = 300
# tolerance = 0.05
# ///
"""Calibration tokens against error, on seen and on unseen text."""

import json

# --8<-- [start:main]
import numpy as np

from fourbit import tiny
from fourbit.engine.solve import solve
from fourbit.gptq import hessian, relative_error
from fourbit.grid import quantize_rtn

TOKENS = [2**k for k in range(5, 17)]  # 32 to 65,536
name = "model.layers.0.mlp.down_proj"
W, X = tiny.layer(name, tokens=TOKENS[-1])  # (256, 768), (65536, 768)
_, unseen = tiny.layer(name, split="evaluation")
unseen = hessian(unseen)
rounding = relative_error(
    W, quantize_rtn(W, 4, 64).dequantize(), unseen
)


def measure(X, damp):
    H, plain = hessian(X), {"order": "activation", "effort": "fast"}
    V = solve(W, H, 4, 64, damp=damp, **plain).dequantize()
    return relative_error(W, V, H), relative_error(W, V, unseen)


rows, windows = [], X.reshape(-1, 256, 768)  # in three random orders
shuffle = np.random.default_rng(0).permutation
shuffled = [shuffle(windows).reshape(X.shape) for _ in range(3)]
for tokens in TOKENS:
    row = {"tokens": tokens, "per_input": tokens / W.shape[1]}
    for key, damp in [("low", 0.01), ("high", 0.05)]:
        found = np.array([measure(x[:tokens], damp) for x in shuffled])
        row["seen_" + key], row[key] = found.mean(axis=0).tolist()
        row[key + "_min"] = found[:, 1].min().item()
        row[key + "_max"] = found[:, 1].max().item()
    rows.append(row)

few, many = rows[:5], rows[6:]  # to 512 tokens, and from 2,048 on
for key in ("low", "high"):  # every draw of text, not the mean alone
    assert all(row[key + "_max"] < rounding for row in many)
    assert all(row["seen_" + key] < rounding / 4 for row in few)
assert all(row["low_min"] > rounding for row in few)
assert all(row["high"] < row["low"] for row in few)  # damping helps
assert rows[-1]["seen_low"] > 0.97 * rows[-1]["low"]
# --8<-- [end:main]
for row in rows:
    print(
        "{tokens:6,d} {seen_low:.3%} {low:.3%} {high:.3%}".format(**row)
    )
print(json.dumps({"rows": rows, "rounding": rounding, "d_in": 768}))
