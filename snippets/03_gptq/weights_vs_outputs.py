# /// script
# [tool.fourbit]
# tolerance = 0.02
# ///
"""GPTQ makes the weights worse and the outputs better."""

import json

# --8<-- [start:main]
import numpy as np

from fourbit import tiny
from fourbit.gptq import gptq, hessian, relative_error
from fourbit.grid import quantize_rtn

W, X = tiny.layer()
_, unseen = tiny.layer(split="evaluation")  # never calibrated on
rng = np.random.default_rng(0)
noise = rng.standard_normal((16384, 768))  # uncorrelated inputs

rows = []
for inputs, seen, test in [
    ("text", X, unseen),
    ("noise", noise[:8192], noise[8192:]),
]:
    rounded = quantize_rtn(W, 4, 64).dequantize()
    solved = gptq(W, hessian(seen), 4, 64).dequantize()
    for method, V in [("rounding", rounded), ("GPTQ", solved)]:
        weights = ((W - V) ** 2).sum() / (W**2).sum()
        outputs = relative_error(W, V, hessian(test))
        rows.append(
            {
                "inputs": inputs,
                "method": method,
                "weights": float(weights),
                "outputs": outputs,
            }
        )
        print(
            f"{inputs:5} {method:8} weights {weights:.3%}"
            f"  outputs {outputs:.3%}"
        )

rtn, text, _, iid = rows
assert text["weights"] > rtn["weights"]  # farther from the original
assert text["outputs"] < 0.8 * rtn["outputs"]  # and yet better
assert iid["outputs"] > rows[2]["outputs"]  # nothing to use
# --8<-- [end:main]

print(
    json.dumps(
        {
            "rows": rows,
            "weights_up": text["weights"] / rtn["weights"],
            "outputs_down": rtn["outputs"] / text["outputs"],
        }
    )
)
