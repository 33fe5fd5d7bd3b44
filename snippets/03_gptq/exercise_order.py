# ruff: noqa: F811
"""Exercise: activation order around a sweep from left to right."""

import json

# --8<-- [start:start]
import numpy as np

from fourbit.gptq import gptq, relative_error


def sweep(W, H):  # GPTQ, left to right, one grid a row
    return gptq(W, H, bits=3, group_size=-1).dequantize()


def ordered(W, H):
    """Rounds the columns with the largest diag(H) first."""
    return sweep(W, H)  # W: (d_out, d_in), H: (d_in, d_in)


# --8<-- [end:start]


# --8<-- [start:solution]
def ordered(W, H):
    columns = np.argsort(-np.diag(H), kind="stable")
    V = sweep(W[:, columns], H[np.ix_(columns, columns)])
    return V[:, np.argsort(columns)]  # each column back in its place


# --8<-- [end:solution]

rng = np.random.default_rng(0)
mixed = rng.standard_normal((48, 48)) * np.geomspace(0.1, 3, 48)
X = rng.standard_normal((2000, 48)) @ mixed  # (tokens, d_in)
W = rng.standard_normal((16, 48))
H = 2 / len(X) * (X.T @ X)

# --8<-- [start:check]
V = np.asarray(ordered(W.copy(), H.copy()))
assert V.shape == W.shape, "As many columns come out as go in."
plain, found = (relative_error(W, V, H) for V in (sweep(W, H), V))
order = np.argsort(-np.diag(H), kind="stable")
half = sweep(W[:, order], H[order][:, order])
hint = "The columns are still sorted: put each back in its place."
assert not np.allclose(V, half), hint
hint = "Nothing has changed: sort the columns of W before the sweep."
assert not np.allclose(V, sweep(W, H)), hint
hint = "Sort the rows of H and its columns, both, as those of W."
assert found < 2 * plain, hint
hint = "The largest diag(H) goes first, with kind='stable'."
right = gptq(W, H, 3, -1, order="activation").dequantize()
assert np.allclose(V, right, atol=1e-6), hint
print(f"left to right {plain:.2%}, in activation order {found:.2%}")
# --8<-- [end:check]
assert found < plain
print(json.dumps({"plain": plain, "ordered": found}))
