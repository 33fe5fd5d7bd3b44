# /// script
# [tool.fourbit]
# tolerance = 0.02
# ///
"""Rounding to nearest: eight bits are invisible, two are broken."""

import json

# --8<-- [start:main]
import numpy as np

from fourbit import tiny

W, X = tiny.layer()  # (256, 768), (tokens, 768)


def round_to_nearest(W, bits, group):
    levels = 2**bits - 1
    groups = W.reshape(-1, group)  # along the inputs
    top = np.abs(groups).max(axis=1, keepdims=True)
    scale = 2 * top / levels
    zero = 2 ** (bits - 1)  # the code that means 0.0
    codes = np.clip(np.rint(groups / scale) + zero, 0, levels)
    return ((codes - zero) * scale).reshape(W.shape)


Y = X @ W.T
errors = {}
for bits in (8, 4, 3, 2):
    E = X @ (W - round_to_nearest(W, bits, 64)).T
    errors[bits] = (E**2).sum() / (Y**2).sum()
    print(f"{bits} bits: {errors[bits]:9.5%} of the output is error")

assert errors[8] < 1e-4  # invisible
assert 3 < errors[3] / errors[4] < 6  # each bit costs a factor of four
assert errors[2] > 20 * errors[4]  # broken
# --8<-- [end:main]

print(json.dumps({f"bits{b}": float(e) for b, e in errors.items()}))
