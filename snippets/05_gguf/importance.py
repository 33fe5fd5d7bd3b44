# /// script
# [tool.fourbit]
# tolerance = 0.02
# ///
"""The importance matrix of one layer: what it is, and what it does."""

import json

# --8<-- [start:main]
import numpy as np

from fourbit import tiny
from fourbit.gguf.quantize import decode, encode
from fourbit.gguf.types import TYPES
from fourbit.gptq import hessian, relative_error

layer = "model.layers.0.mlp.down_proj"
W, X = tiny.layer(layer)
_, unseen = tiny.layer(layer, split="evaluation")
H = hessian(unseen)

importance = np.mean(X**2, axis=0)  # one number for each column
assert np.allclose(importance, np.diag(hessian(X)) / 2, rtol=1e-3)

rows, KEYS = [], ("weights", "weighted", "output")
for name in ("Q2_K", "Q3_K", "Q4_0", "Q4_K", "Q5_K"):
    error = {}
    for way, given in (("plain", None), ("imatrix", importance)):
        blocks = encode(W, TYPES[name], given)
        V = decode(blocks, TYPES[name], W.shape)
        squares = (W - V) ** 2
        error[way] = np.array(
            [
                squares.mean(),  # of the weights
                (squares * importance).mean(),  # what it minimizes
                relative_error(W, V, H),  # of the output
            ]
        )
    change = error["imatrix"] / error["plain"] - 1
    assert change[1] < 0 and change[2] < 0
    row = dict(zip(KEYS, change.tolist(), strict=True))
    ends = {way: float(e[2]) for way, e in error.items()}
    rows.append({"type": name, "bpw": TYPES[name].bits} | row | ends)
    print(name, " ".join(f"{k} {v:+.0%}" for k, v in row.items()))
assert max(row["weights"] for row in rows) > 0  # not what it is for
# --8<-- [end:main]
print(json.dumps({"rows": rows}))
