# /// script
# [tool.fourbit]
# timeout = 120
# tolerance = 0.02
# ///
"""The same bytes, better codes: error feedback onto GGUF's grids."""

import json

# --8<-- [start:layer]
import torch

from fourbit import tiny
from fourbit.gguf.onto_grid import solve
from fourbit.gguf.quantize import decode, encode
from fourbit.gguf.types import TYPES
from fourbit.gptq import hessian, relative_error

name = "model.layers.1.self_attn.q_proj"
W, X = tiny.layer(name)
H = hessian(X)
unseen = hessian(tiny.layer(name, split="evaluation")[1])
importance = H.diagonal()  # all that an importance matrix keeps of H

rows = []
for kind in ("Q2_K", "Q3_K", "Q4_0", "Q4_K", "Q5_K", "Q6_K"):
    type = TYPES[kind]
    blocks = {
        "plain": encode(W, type),
        "imatrix": encode(W, type, importance),
        "feedback": solve(W, torch.from_numpy(H), type).blocks,
    }
    error = {
        way: relative_error(W, decode(data, type, W.shape), unseen)
        for way, data in blocks.items()
    }
    sizes = {data.nbytes for data in blocks.values()}
    assert len(sizes) == 1  # same format, same bytes
    assert error["feedback"] < 0.5 * error["imatrix"]
    print(f"{kind}: {sizes.pop():,} bytes;", end=" ")
    print(", ".join(f"{way} {e:.3%}" for way, e in error.items()))
    rows.append({"type": kind, "bits": type.bits} | error)
# --8<-- [end:layer]

print(json.dumps({"rows": rows}))
