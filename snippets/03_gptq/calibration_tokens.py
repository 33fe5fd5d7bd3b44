# /// script
# [tool.fourbit]
# tolerance = 0.02
# ///
"""Too few tokens: GPTQ fits their noise and loses to rounding."""

import json

# --8<-- [start:main]
import numpy as np

from fourbit import tiny
from fourbit.gptq import gptq, hessian, relative_error
from fourbit.grid import quantize_rtn

W, X = tiny.layer()  # X: (8192, 768), documentation
unseen = hessian(tiny.layer(split="evaluation")[1])
code = hessian(tiny.layer(domain="code", split="evaluation")[1])
V = quantize_rtn(W, 4, 64).dequantize()
rounding = {
    "unseen": relative_error(W, V, unseen),
    "code": relative_error(W, V, code),
}

rows = []
for tokens in (64, 256, 768, 1536, 3072, 8192):
    H = hessian(X[:tokens])
    V = gptq(W, H, 4, 64).dequantize()
    rows.append(
        {
            "tokens": tokens,
            "rank": int(np.linalg.matrix_rank(X[:tokens], rtol=1e-3)),
            "seen": relative_error(W, V, H),
            "unseen": relative_error(W, V, unseen),
            "code": relative_error(W, V, code),
        }
    )
    print(
        "{tokens:5} tokens, rank {rank:3}: seen {seen:.3%},"
        " unseen {unseen:.3%}, code {code:.3%}".format(**rows[-1])
    )
print(
    "rounding: unseen {unseen:.3%}, code {code:.3%}".format(**rounding)
)

few, many = rows[1], rows[-1]
assert few["seen"] < few["unseen"] / 2  # the fit is an illusion
assert few["unseen"] > rounding["unseen"] > many["unseen"]
assert all(row["rank"] <= row["tokens"] for row in rows)
# --8<-- [end:main]

print(json.dumps({"rows": rows, "rounding": rounding}))
