# /// script
# [tool.fourbit]
# tolerance = 0.02
# ///
"""Activation order: most important columns first, two kinds of groups."""

import json

# --8<-- [start:main]
import numpy as np

from fourbit import tiny
from fourbit.gptq import gptq, hessian, relative_error

W, X = tiny.layer()
H = hessian(X)
unseen = hessian(tiny.layer(split="evaluation")[1])
plain = np.arange(768) // 64  # groups of consecutive columns

rows = []
for bits in (4, 3):
    for name, order, static in [
        ("left to right", "none", True),
        ("by activation, dynamic groups", "activation", False),
        ("by activation, static groups", "activation", True),
    ]:
        q = gptq(W, H, bits, 64, order=order, static_groups=static)
        error = relative_error(W, q.dequantize(), unseen)
        sorted_groups = bool(np.array_equal(q.g_idx, plain))
        rows.append(
            {
                "bits": bits,
                "order": name,
                "error": error,
                "g_idx": "sorted" if sorted_groups else "scattered",
            }
        )
        print(
            f"{bits} bits  {name:29} {error:.3%}  "
            f"g_idx {rows[-1]['g_idx']}"
        )

importance = (X**2).sum(axis=0)  # what diag(H) ranks by
assert np.array_equal(
    np.argsort(-importance)[:9], np.argsort(-np.diag(H))[:9]
)
none, dynamic, static = (row["error"] for row in rows[:3])
assert static < none and dynamic < none
# Only dynamic groups need a lookup while the model runs.
assert [row["g_idx"] for row in rows[:3]] == [
    "sorted",
    "scattered",
    "sorted",
]
# --8<-- [end:main]

print(json.dumps({"rows": rows, "gain": none / static}))
