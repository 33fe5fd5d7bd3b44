# /// script
# [tool.fourbit]
# tolerance = 0.02
# ///
"""GPTQ in twenty lines, equal to the textbook elimination."""

import json

# --8<-- [start:setup]
import numpy as np

from fourbit import tiny
from fourbit.gptq import gptq, hessian, relative_error
from fourbit.grid import fit_grid, quantize_rtn, round_to_grid

W, X = tiny.layer()  # (256, 768), (tokens, 768)
W = W[:32].astype(np.float64)  # rows are independent: take some
H = hessian(X)  # 2/n X^T X, (768, 768)
H += 0.01 * np.diag(H).mean() * np.eye(768)  # damping
# --8<-- [end:setup]


# --8<-- [start:gptq]
def gptq_by_hand(W, H, bits, group):
    W = W.copy()
    # Upper U with inv(H) = U^T U: reversed, H is factorized once.
    L = np.linalg.cholesky(H[::-1, ::-1])
    U = np.linalg.inv(L)[::-1, ::-1]
    for j in range(W.shape[1]):
        if j % group == 0:  # the grid is fixed here
            grid = fit_grid(W[:, j : j + group], bits, True)
        scale, zero = (part.astype(float) for part in grid)
        codes = round_to_grid(W[:, j], *grid, bits)
        rounded = (codes - zero) * scale
        error = (W[:, j] - rounded) / U[j, j]
        W[:, j + 1 :] -= np.outer(error, U[j, j + 1 :])
        W[:, j] = rounded
    return W


# --8<-- [end:gptq]


# --8<-- [start:textbook]
def textbook(W, H, bits, group):
    W, inverse = W.copy(), np.linalg.inv(H)
    for j in range(W.shape[1]):
        if j % group == 0:
            grid = fit_grid(W[:, j : j + group], bits, True)
        scale, zero = (part.astype(float) for part in grid)
        rounded = (round_to_grid(W[:, j], *grid, bits) - zero) * scale
        step = (W[:, j] - rounded) / inverse[j, j]
        W -= np.outer(step, inverse[j])
        W[:, j] = rounded
        # Column j is settled: take it out of the inverse.
        inverse -= np.outer(inverse[:, j], inverse[j]) / inverse[j, j]
    return W


# --8<-- [end:textbook]


# --8<-- [start:proof]
by_hand, by_book = gptq_by_hand(W, H, 4, 64), textbook(W, H, 4, 64)
assert np.abs(by_hand - by_book).max() < 1e-9
library = gptq(W, H, 4, 64, static_groups=False, damp=0.0)
assert np.abs(library.dequantize() - by_hand).max() < 1e-6

rounding = quantize_rtn(W, 4, 64).dequantize()
before, after = (relative_error(W, V, H) for V in (rounding, by_hand))
print(f"rounding {before:.3%}, GPTQ {after:.3%} of the output")
assert after < before
# --8<-- [end:proof]

print(json.dumps({"rtn": before, "gptq": after}))
