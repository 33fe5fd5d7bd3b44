# ruff: noqa: F811
"""Exercise: the best scale when some columns count more."""

import json

# --8<-- [start:start]
import numpy as np


def best_scale(w, q, c):
    """The d that makes sum(c * (w - d * q) ** 2) smallest."""
    # w: weights of a block, q: their codes (-8 to 7), both (32,)
    # c: the importance of each column, (32,)
    return np.abs(w).max() / 8


# --8<-- [end:start]


# --8<-- [start:solution]
def best_scale(w, q, c):
    return (c * w * q).sum() / (c * q * q).sum()


# --8<-- [end:solution]

rng = np.random.default_rng(0)
W = rng.standard_normal((200, 32))
C = rng.lognormal(0, 1.5, 32)  # a few columns are loud
Q = np.clip(np.rint(W / np.abs(W).max(axis=1)[:, None] * 8), -8, 7)


# --8<-- [start:check]
def loss(d, w, q):
    return (C * (w - d * q) ** 2).sum()


even = best_scale(W[0], Q[0], np.ones(32))
assert np.ndim(even) == 0, "One number for the block: sum the columns."
least = np.linalg.lstsq(Q[0][:, None], W[0])[0][0]
hint = "With even importance: w.q / q.q, from a derivative of zero."
assert np.isclose(even, least), hint
found = best_scale(W[0], Q[0], C)
assert not np.isclose(found, even), "It does not use c yet."
near = (loss(found * k, W[0], Q[0]) for k in (0.999, 1.001))
hint = "c belongs in both sums, above and below the line."
assert loss(found, W[0], Q[0]) < min(near), hint
pairs = list(zip(W, Q, strict=True))
even, weighted = (
    sum(loss(best_scale(w, q, c), w, q) for w, q in pairs)
    for c in (np.ones(32), C)
)
saved = 1 - weighted / even
print(f"With the same codes, {saved:.1%} less weighted error.")
# --8<-- [end:check]
assert saved > 0
print(json.dumps({"saved": saved}))
