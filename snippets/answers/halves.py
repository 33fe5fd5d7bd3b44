"""Two formats of 16 bits: one is finer, one reaches farther."""

import json

import numpy as np


def bf16(x):
    """float32 numbers rounded to bfloat16: their upper halves."""
    bits = np.float32(x).view(np.uint32)
    upper = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16
    return (upper << 16).astype(np.uint32).view(np.float32)


# --8<-- [start:main]
weights = np.random.default_rng(0).normal(0, 0.02, 100_000)
weights = weights.astype(np.float32)
errors = {
    "fp16": np.abs(weights.astype(np.float16) - weights).mean(),
    "bf16": np.abs(bf16(weights) - weights).mean(),
}
assert errors["bf16"] > 4 * errors["fp16"]  # fp16 is finer ...

large, tiny = np.float32(70_000), np.float32(1e-8)
with np.errstate(over="ignore"):
    assert np.isinf(np.float16(large)) and np.float16(tiny) == 0
assert abs(bf16(large) / large - 1) < 0.004  # ... bf16 reaches farther
assert abs(bf16(tiny) / tiny - 1) < 0.004

stored = bf16(weights)  # a model that was published in bf16
into = np.abs(stored.astype(np.float16) - stored)
assert into.max() < 1e-7  # its weights go into fp16 unharmed, if small
# --8<-- [end:main]
largest = float(np.finfo(np.float16).max)
times = float(errors["bf16"] / errors["fp16"])
print(
    f"fp16 ends at {largest:,.0f}; on weights it is {times:.1f} x finer"
)
print(json.dumps({"largest": largest, "times": times}))
