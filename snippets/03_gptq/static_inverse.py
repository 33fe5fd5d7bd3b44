# /// script
# [tool.fourbit]
# tolerance = 0.02
# ///
"""The popular shortcut: keep the full inverse, share one scale."""

import json

# --8<-- [start:shortcut]
import numpy as np

from fourbit import tiny
from fourbit.gptq import gptq, hessian, relative_error
from fourbit.grid import quantize_rtn


def shortcut(W, H):  # what several tutorials call GPTQ
    W = W.astype(float)
    H = H + 0.01 * np.diag(H).mean() * np.eye(len(H))
    inverse = np.linalg.inv(H)  # never reduced to what remains
    for j in range(W.shape[1]):
        scale = np.abs(W[:, j]).max() / 7  # shared by all rows
        rounded = np.clip(np.rint(W[:, j] / scale), -7, 7) * scale
        step = (W[:, j] - rounded) / inverse[j, j]
        W[:, j + 1 :] -= np.outer(step, inverse[j, j + 1 :])
        W[:, j] = rounded
    return W


# --8<-- [end:shortcut]


# --8<-- [start:compare]
def compare(title, W, seen, unseen):
    H = hessian(seen)
    one_scale = np.abs(W).max() / 7  # the naive baseline they beat
    row = {
        "strawman": np.clip(np.rint(W / one_scale), -7, 7) * one_scale,
        "rounding": quantize_rtn(W, 4, 128).dequantize(),
        "shortcut": shortcut(W, H),
        "GPTQ": gptq(W, H, 4, 128).dequantize(),
    }
    errors = {
        name: relative_error(W, V, hessian(unseen))
        for name, V in row.items()
    }
    print(f"{title:14}", *(f"{n} {e:.2%} " for n, e in errors.items()))
    return errors, row["shortcut"]


rng = np.random.default_rng(42)  # the usual demonstration: pure noise
noise, V = compare(
    "noise, few",
    rng.standard_normal((256, 512)),
    rng.standard_normal((128, 512)),
    rng.standard_normal((4096, 512)),
)
W, X = tiny.layer()
text, _ = compare("text", W, X, tiny.layer(split="evaluation")[1])

assert noise["rounding"] < noise["shortcut"] < noise["strawman"]
assert noise["rounding"] < noise["GPTQ"]  # nothing to learn from noise
assert text["GPTQ"] < text["rounding"] < text["strawman"]
assert text["GPTQ"] < text["shortcut"]

# Scales recomputed afterwards, by row and group, describe other weights.
groups = V.reshape(-1, 128)
steps = groups / (np.abs(groups).max(axis=1, keepdims=True) / 7)
share = np.isclose(steps, np.rint(steps), atol=1e-6).mean()
print(f"weights that the recomputed scales can express: {share:.0%}")
assert share < 0.5
# --8<-- [end:compare]

print(json.dumps({"noise": noise, "text": text, "expressed": share}))
