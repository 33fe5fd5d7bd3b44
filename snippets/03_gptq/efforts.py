"""Better scales, then better codes: what more work buys."""

import json

# --8<-- [start:remaining]
import numpy as np
import torch

from fourbit import tiny
from fourbit.engine.solve import factor, solve
from fourbit.gptq import hessian, relative_error
from fourbit.grid import quantize_rtn

name = "model.layers.1.self_attn.q_proj"
W, X = tiny.layer(name)
H = hessian(X)  # (d_in, d_in)
remaining = factor(torch.from_numpy(H), damp=0.01).variance.numpy()
share = float(np.median(remaining / H.diagonal()))
print(f"the median input keeps {share:.1%} of its energy")
assert share < 0.5
# --8<-- [end:remaining]

# --8<-- [start:efforts]
unseen = hessian(tiny.layer(name, split="evaluation")[1])

WORK = {
    "plain GPTQ": {"effort": "fast"},
    "activation order": {"effort": "fast", "order": "activation"},
    "scales searched": {"effort": "default", "order": "activation"},
    "codes refined": {"effort": "best", "order": "activation"},
}
rows = []
for bits in (4, 3):
    versions = {"rounding": quantize_rtn(W, bits, 64)}
    for step, options in WORK.items():
        versions[step] = solve(W, H, bits, 64, **options)
    errors = []
    for step, q in versions.items():
        errors.append(relative_error(W, q.dequantize(), unseen))
        print(f"{bits} bits, {step:16} error {errors[-1]:.3%}")
        row = {"bits": bits, "step": step, "error": errors[-1]}
        rows.append(row | {"share": errors[-1] / errors[0]})
    assert errors == sorted(errors, reverse=True)  # each step helps
# --8<-- [end:efforts]

print(json.dumps({"rows": rows, "share": share}))
