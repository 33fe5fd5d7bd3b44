"""GPTQ for one matrix: round column by column and push each error into the columns not yet rounded.

Frantar, Ashkboos, Hoefler, Alistarh: GPTQ, arXiv 2210.17323v2, section 4 and algorithm 1.
"""

import math
import warnings

import numpy as np

from fourbit.grid import Quantized, check_weights, fit_grid, round_to_grid


def hessian(X: np.ndarray) -> np.ndarray:
    """H = 2/n X^T X of the inputs X (n tokens, d_in): the Hessian of the mean squared output error, by row."""
    X = np.asarray(X, dtype=np.float64)
    return 2 / len(X) * (X.T @ X)


def relative_error(W: np.ndarray, W_hat: np.ndarray, H: np.ndarray) -> float:
    """tr(E H E^T) / tr(W H W^T), E = W - W_hat: the share of the output's energy that is now error."""
    E = np.asarray(W, dtype=np.float64) - W_hat
    return float(np.vdot(E @ H, E) / max(np.vdot(W @ H, W), np.finfo(float).tiny))


def inverse_factor(H: np.ndarray, damp: float) -> np.ndarray:
    """Upper triangular U with inv(H + damp * mean(diag H) * I) = U^T U, (d_in, d_in) float64.

    Row j of U, divided by U[j, j], says how a unit error in column j is best spread over the columns
    after it. `damp` grows tenfold, with a warning, until the Cholesky factorization succeeds.
    """
    mean = np.diag(H).mean()
    for attempt in (damp, *(max(damp, 1e-3) * 10**step for step in (1, 2, 3))):
        damped = H + attempt * mean * np.eye(len(H))
        try:
            # Reversing rows and columns turns the lower factor of H into the upper factor of inv(H),
            # so H is factorized once and never inverted.
            L = np.linalg.cholesky(damped[::-1, ::-1])
        except np.linalg.LinAlgError:
            continue
        if attempt != damp:
            warnings.warn(
                f"the Hessian is not positive definite; damping raised from {damp:g} to {attempt:g}; "
                "more calibration tokens are the better cure",
                stacklevel=3,
            )
        return np.linalg.inv(L)[::-1, ::-1]
    raise ValueError(
        f"the Hessian is not positive definite even with damping {attempt:g}: it is not of the form X^T X"
    )


def gptq(
    W: np.ndarray,
    H: np.ndarray,
    bits: int = 4,
    group_size: int = 128,
    symmetric: bool = True,
    order: str = "none",
    static_groups: bool = True,
    damp: float = 0.01,
    block_size: int = 128,
) -> Quantized:
    """Quantize W (d_out, d_in) so that the outputs on inputs with Hessian H (d_in, d_in) change little.

    order          "none": left to right; "activation": columns with the largest diag(H) first
    static_groups  True: every grid is fitted to the original weights; False: when its first column is
                   reached, to the weights as updated by then. With order "activation" and False, the
                   groups follow that order, and g_idx is no longer sorted
    damp           share of the mean of diag(H) that is added to the diagonal
    block_size     columns between two updates of all columns to the right; changes speed, not results

    Raises ValueError for weights or a Hessian that are not finite, or sizes that do not fit.
    """
    W, group_size = check_weights(W, bits, group_size)
    d_out, d_in = W.shape
    H = np.array(H, dtype=np.float64)
    if H.shape != (d_in, d_in):
        raise ValueError(f"the Hessian of a layer of width {d_in} is ({d_in}, {d_in}), got {H.shape}")
    if not np.isfinite(H).all():
        raise ValueError("the Hessian is not finite: the calibration activations overflowed or hold NaN")
    if order not in ("none", "activation"):
        raise ValueError(f'order must be "none" or "activation", got {order!r}')

    # A column whose input is always zero has no say in the output: give it an average diagonal.
    # Its off-diagonal entries are zero, so it is rounded to nearest and disturbs no other column.
    importance = np.diag(H).copy()
    dead = importance == 0
    H[dead, dead] = importance[~dead].mean() if not dead.all() else 1.0

    columns = np.argsort(-importance, kind="stable") if order == "activation" else np.arange(d_in)
    U = inverse_factor(H[columns][:, columns], damp).astype(W.dtype)

    scales = np.empty((d_in // group_size, d_out), np.float16)
    zeros = np.empty((d_in // group_size, d_out), np.uint8)
    if static_groups:
        for g in range(len(scales)):
            scales[g], zeros[g] = fit_grid(W[:, g * group_size : (g + 1) * group_size], bits, symmetric)
        group_of = columns // group_size
    else:
        group_of = np.arange(d_in) // group_size

    # A group must start where all earlier errors have arrived: at or inside a block, never across one.
    block_size = (
        math.gcd(group_size, block_size) if group_size > block_size else block_size // group_size * group_size
    )
    W = np.ascontiguousarray(W.T[columns])  # (d_in, d_out): the column at hand is contiguous
    codes = np.empty(W.shape, np.uint8)
    loss = 0.0
    for start in range(0, d_in, block_size):
        end = min(start + block_size, d_in)
        errors = np.empty((end - start, d_out), W.dtype)
        for j in range(start, end):
            g = group_of[j]
            if not static_groups and j % group_size == 0:
                scales[g], zeros[g] = fit_grid(W[j : j + group_size].T, bits, symmetric)
            codes[j] = round_to_grid(W[j], scales[g], zeros[g], bits)
            rounded = (codes[j] - zeros[g].astype(W.dtype)) * scales[g].astype(W.dtype)
            error = (W[j] - rounded) / U[j, j]
            W[j + 1 : end] -= np.outer(U[j, j + 1 : end], error)
            errors[j - start] = error
            loss += float(error @ error) / 2
        W[end:] -= U[start:end, end:].T @ errors

    back = np.argsort(columns)
    g_idx = group_of[back].astype(np.int32)
    return Quantized(codes[back].T.copy(), scales.T.copy(), zeros.T.copy(), g_idx, bits, loss)
