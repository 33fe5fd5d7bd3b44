# /// script
# [tool.fourbit]
# tolerance = 0.02
# ///
"""Damping: with few tokens more of it helps; with many it costs."""

import json

# --8<-- [start:main]
import numpy as np

from fourbit import tiny
from fourbit.gptq import gptq, hessian, relative_error
from fourbit.grid import quantize_rtn

W, X = tiny.layer()
test = hessian(tiny.layer(split="evaluation")[1])
rounding = relative_error(W, quantize_rtn(W, 4, 64).dequantize(), test)

rows = []
for damp in (1e-4, 1e-3, 0.01, 0.05, 0.1, 1.0):
    row = {"damp": damp}
    for tokens in (512, 8192):
        V = gptq(W, hessian(X[:tokens]), 4, 64, damp=damp)
        row[f"tokens{tokens}"] = relative_error(W, V.dequantize(), test)
    rows.append(row)
    print(
        f"damp {damp:<6g}  512 tokens {row['tokens512']:.3%}"
        f"   8192 tokens {row['tokens8192']:.3%}"
    )
print(f"rounding {rounding:.3%}")

few, many = ([row[f"tokens{n}"] for row in rows] for n in (512, 8192))
assert few[-1] < few[0]  # 512 tokens: trust the Hessian less
assert few[0] > rounding > many[0]  # too few tokens lose to rounding

dead = X.copy()
dead[:, 5] = 0  # an input that is always zero has no say
V = gptq(W, hessian(dead), 4, 64).dequantize()
assert np.array_equal(
    V[:, 5], quantize_rtn(W, 4, 64).dequantize()[:, 5]
)
# --8<-- [end:main]

print(json.dumps({"rows": rows, "rounding": rounding}))
