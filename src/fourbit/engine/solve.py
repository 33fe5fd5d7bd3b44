"""GPTQ for one layer, made fast: one Cholesky factorization, no inverse, and columns contiguous in memory.

With H = A^T A and A lower triangular, the output error of a row of weight errors d is |A d|^2. Choosing the codes
from left to right, each the best one given those before it, is Babai's nearest-plane algorithm, and chooses what GPTQ
chooses (Chen, Shabanzadeh, Crncevic, Hoefler, Alistarh: The Geometry of LLM Quantization, arXiv 2507.18553).
"""

from typing import NamedTuple

import numpy as np
import torch

from fourbit.engine import grids, scratch
from fourbit.engine.grids import Grids
from fourbit.engine.refine import errors, refine
from fourbit.engine.shrinkage import shrink_spectrum
from fourbit.engine.sweep import sweep
from fourbit.grid import Quantized, check_shape

BLOCK = 256  # columns that are factorized at once
SAMPLE = 32  # rows on which the result is compared with rounding first
CLEARLY_BETTER = 0.9  # share of rounding's error on them; above it all rows are compared
FLOAT32_IS_ENOUGH = 1e-3  # damping from which a float32 factorization is stable


class Factor(NamedTuple):
    """H + damping * I = A^T diag(variance) A with A unit lower triangular (what is above its diagonal is not used).

    variance[j] is what column j's rounding error, squared, adds to the loss: the energy of input j that the
    inputs after it in the order cannot make up for.
    """

    A: torch.Tensor
    variance: torch.Tensor
    damping: float
    notes: tuple[str, ...]


def factor(
    H: torch.Tensor, damp: float, columns: torch.Tensor | None = None, out: torch.Tensor | None = None
) -> Factor:
    """Factorize H (d_in, d_in) plus damp * mean(diag H) on its diagonal; the result is float32.

    columns  the order in which H's rows and columns are taken; None leaves them as they are
    out      float32 memory for A (d_in, d_in)
    Tries float32 where that is stable, then float64, then up to a thousand times the damping, with a note.
    Raises ValueError when nothing helps.
    """
    mean = H.diagonal().mean().item()
    attempts = (damp, *(max(damp, 1e-3) * 10**power for power in (1, 2, 3)))
    for attempt in attempts:
        for dtype in (torch.float32, torch.float64):
            if dtype is torch.float32 and attempt < FLOAT32_IS_ENOUGH:
                continue
            A = out if out is not None and dtype is torch.float32 else torch.empty_like(H, dtype=dtype)
            if columns is None:
                A.copy_(H)
            else:
                for rows, chosen in zip(A.split(BLOCK), columns.split(BLOCK), strict=True):
                    torch.index_select(H.index_select(0, chosen).to(dtype), 1, columns, out=rows)
            A.diagonal().add_(attempt * mean)
            diagonal = reverse_cholesky_(A)
            if diagonal is not None:
                notes = () if attempt == damp else (_raised(H, damp, attempt),)
                return Factor(A.float(), diagonal.square().float(), attempt * mean, notes)
    raise ValueError(
        f"the Hessian is not positive definite even with damping {attempts[-1]:g}: it is not of the form X^T X"
    )


def reverse_cholesky_(S: torch.Tensor) -> torch.Tensor | None:
    """Overwrite S with A / diag(A) of the lower triangular A with A^T A = S and return diag(A); None if there is none.

    Cholesky's algorithm from the last column to the first, by blocks: a library's Cholesky goes the other way
    (S = L L^T), and turning its result around moves more memory than the work that is left to do here.
    """
    diagonal = torch.empty(len(S), dtype=S.dtype, device=S.device)
    starts = range(0, len(S), BLOCK)
    for first in reversed(starts):
        here = slice(first, min(first + BLOCK, len(S)))
        L, failed = torch.linalg.cholesky_ex(S[here, here].flip(0, 1))
        if failed or not torch.isfinite(L.sum()):
            return None
        A = L.flip(0, 1).T
        diagonal[here] = A.diagonal()
        S[here, here] = A
        S[here, here] /= diagonal[here, None]
        if first == 0:
            return diagonal
        inverse = torch.linalg.solve_triangular(
            A, torch.eye(len(A), dtype=A.dtype, device=A.device), upper=False
        )
        panel = (
            inverse.T @ S[here, :first]
        )  # a small inverse and a product: faster than a triangular solve this wide
        for start in range(0, first, BLOCK):
            end = start + BLOCK
            S[start:end, :end].addmm_(panel[:, start:end].T, panel[:, :end], alpha=-1)
        S[here, :first] = panel.div_(diagonal[here, None])
    return diagonal


def _raised(H: torch.Tensor, damp: float, attempt: float) -> str:
    energy = H.diagonal()
    return (
        f"the Hessian could not be factorized (largest to smallest input energy {energy.max() / energy.min():.0e}); "
        f"damping was raised from {damp:g} to {attempt:g}; more calibration tokens are the better cure, at least "
        f"as many as the layer has inputs ({len(H):,})"
    )


def solve(
    W: torch.Tensor | np.ndarray,
    H: torch.Tensor | np.ndarray,
    bits: int = 4,
    group_size: int = 128,
    symmetric: bool = True,
    order: str = "none",
    static_groups: bool = True,
    damp: float = 0.01,
    effort: str = "default",
    lowest_zero: int = 0,
) -> Quantized:
    """Quantize W (d_out, d_in) so that outputs on inputs with Hessian H (d_in, d_in) change little.

    order, static_groups, damp  as in fourbit.gptq.gptq
    effort       "fast": grids from the range of each group. "default": grids searched, with rounding errors weighted
                 by what each column adds to the loss. "best": after that, codes and scales refined in turn,
                 all of it for the Hessian that unseen text will likely have
    lowest_zero  smallest zero point of an asymmetric grid: 1 for files of format "gptq", which cannot hold 0

    Inputs that were always zero have no say: their columns are rounded, and left out of scales and damping.
    Where plain rounding does better, rounding is returned, and `notes` says so. Work is done on the device of W.
    Raises ValueError for weights or a Hessian that are not finite, or sizes that do not fit.
    """
    if order not in ("none", "activation"):
        raise ValueError(f'order must be "none" or "activation", got {order!r}')
    if effort not in ("fast", "default", "best"):
        raise ValueError(f'effort must be "fast", "default" or "best", got {effort!r}')
    W = torch.as_tensor(W)
    group_size = check_shape(W.shape, bits, group_size)
    W, H = W.float(), torch.as_tensor(H, device=W.device)
    _check_finite(W, H)
    (d_out, d_in), energy = W.shape, H.diagonal()
    grid = Grids.empty(d_in // group_size, d_out, bits, W.device)
    natural, dead, notes = torch.arange(d_in, device=W.device), energy <= 0, []
    if dead.all():
        codes = _round(W.T.contiguous(), grid, symmetric, lowest_zero)
        note = "no calibration token reached this layer: it is rounded to nearest"
        return _quantized(codes, grid, natural, None, (note,))
    if dead.any():
        notes.append(f"{int(dead.sum()):,} of {d_in:,} inputs were always zero: their columns are rounded")
        H = H.clone()
        H.diagonal()[dead] = energy[~dead].mean()
    columns = torch.argsort(-energy, stable=True) if order == "activation" else natural
    memory = scratch.take("factor", H.shape, W.device)
    aim = shrink_spectrum(H) if effort == "best" else H
    found = factor(aim, damp, columns if order == "activation" else None, memory)
    importance = torch.where(dead[columns], 0.0, found.variance)

    def fit(weights: torch.Tensor, importance: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        if effort == "fast":
            return grids.fit(weights, bits, symmetric, lowest_zero)
        return grids.search(weights, importance, bits, symmetric, lowest_zero)

    codes, loss = (_static if static_groups else _on_arrival)(W, found, importance, columns, grid, fit)
    if static_groups:
        columns = natural
    # From here on, the columns of a group stand beside each other; `columns` says where they belong.
    by_group = W.T if columns is natural else W.T[columns]
    H = H.float() if columns is natural else H.float()[columns][:, columns]
    if effort == "best":
        aim = aim if columns is natural else aim[columns][:, columns]
        aim.diagonal().add_(found.damping)
        by_group = by_group.contiguous()
        codes = refine(by_group, aim, codes, grid)
        left = by_group - grid.weights(codes)
        loss = (errors(H, left).sum() + found.damping * left.square().sum()).item() / 2
    codes, worse = _not_worse_than_rounding(by_group, H, codes, grid, symmetric, lowest_zero)
    if worse:
        notes.append(f"for {worse:,} of {d_out:,} outputs plain rounding was better and is what is stored")
    return _quantized(codes, grid, columns, loss, (*notes, *found.notes))


def _static(W, found, importance, columns, grid, fit) -> tuple[torch.Tensor, float]:
    """Codes (d_in, d_out) in the layer's own order, and the loss, when each group's grid is fitted first."""
    size = len(columns) // len(grid.scale)
    natural = scratch.take("natural", W.T.shape, W.device).copy_(W.T)
    in_order = bool((columns.diff() > 0).all())
    place = columns if in_order else torch.argsort(columns)  # of each column in the order of treatment
    for g, (weights, members) in enumerate(zip(natural.split(size), place.split(size), strict=True)):
        grid.set(g, *fit(weights, importance[members]))
    ordered = natural
    if not in_order:
        ordered = torch.index_select(
            natural, 0, columns, out=scratch.take("ordered", natural.shape, W.device)
        )
    residual = scratch.take("residual", ordered.shape, W.device).copy_(ordered)
    codes = sweep(residual, ordered, found.A, grid, columns // size, size)
    return codes if in_order else codes.index_select(0, place), _loss(residual, found)


def _on_arrival(W, found, importance, columns, grid, fit) -> tuple[torch.Tensor, float]:
    """Codes (d_in, d_out) in the order of treatment, and the loss, when a group is as many columns in that order.

    Its grid is fitted when its turn comes, to its weights as all earlier errors would have them updated.
    """
    size = len(columns) // len(grid.scale)
    ordered = W.T[columns]
    residual = ordered.clone()

    def start_group(g: int, first: int) -> None:
        here = slice(first, first + size)
        update = torch.linalg.solve_triangular(
            found.A[here, here], residual[here] - ordered[here], upper=False, unitriangular=True
        )
        grid.set(g, *fit(ordered[here] + update, importance[here]))

    group = torch.arange(len(columns), device=W.device) // size
    codes = sweep(residual, ordered, found.A, grid, group, size, start_group)
    return codes, _loss(residual, found)


def _loss(residual: torch.Tensor, found: Factor) -> float:
    """1/2 tr(E H E^T) with the damped H, from what is left of each column's aim."""
    return (found.variance @ torch.linalg.vector_norm(residual, dim=1).square()).item() / 2


def _check_finite(W: torch.Tensor, H: torch.Tensor) -> None:
    if H.shape != (W.shape[1], W.shape[1]):
        raise ValueError(
            f"the Hessian of a layer of width {W.shape[1]} is square of that size, got {tuple(H.shape)}"
        )
    # A sum takes one pass, a mask several: only a sum that is not finite calls for a closer look.
    if not torch.isfinite(W.sum()) and (bad := ~torch.isfinite(W)).any():
        row, column = bad.nonzero()[0].tolist()
        raise ValueError(
            f"{int(bad.sum())} weights are not finite, the first one ({W[row, column]}) at [{row}, {column}]"
        )
    if not torch.isfinite(H.sum()):
        raise ValueError("the Hessian is not finite: the calibration activations overflowed or hold NaN")


def _round(W: torch.Tensor, grid: Grids, symmetric: bool, lowest_zero: int) -> torch.Tensor:
    """The codes (d_in, d_out) of rounding to nearest; sets `grid`. Columns of a group stand beside each other."""
    codes = []
    for g, weights in enumerate(W.split(len(W) // len(grid.scale))):
        scale, zero = grids.fit(weights, grid.bits, symmetric, lowest_zero)
        grid.set(g, scale, zero)
        codes.append((grids.nearest(weights, scale, zero, grid.bits) + zero).to(torch.uint8))
    return torch.cat(codes)


def _not_worse_than_rounding(W, H, codes, grid, symmetric, lowest_zero) -> tuple[torch.Tensor, int]:
    """Replace each output (row of the layer) whose error on H is larger than that of rounding; how many were.

    A result that is clearly better on a sample of the outputs is taken as it is: measuring all of them costs as
    much as finding them.
    """
    every, some = slice(None), slice(None, None, max(1, W.shape[1] // SAMPLE))
    for outputs in (some, every):
        weights, ours, rounding = W[:, outputs].contiguous(), grid.of(outputs), grid.of(outputs)
        rounded = _round(weights, rounding, symmetric, lowest_zero)
        error = errors(H, weights - ours.weights(codes[:, outputs]))
        rounding_error = errors(H, weights - rounding.weights(rounded))
        if outputs is some and error.sum() < CLEARLY_BETTER * rounding_error.sum():
            return codes, 0
    worse = rounding_error < error
    grid.scale = torch.where(worse, rounding.scale, grid.scale)
    grid.zero = torch.where(worse, rounding.zero, grid.zero)
    return torch.where(worse, rounded, codes), int(worse.sum())


def _quantized(codes, grid, columns, loss, notes) -> Quantized:
    """Codes and grids in the order of the stored layer, as NumPy arrays."""
    g_idx = torch.arange(len(codes), device=codes.device) // (len(codes) // len(grid.scale))
    if (columns.diff() < 0).any():
        place = torch.argsort(columns)
        codes, g_idx = codes[place], g_idx[place]
    return Quantized(
        codes.T.contiguous().cpu().numpy(),
        grid.scale.T.half().contiguous().cpu().numpy(),
        grid.zero.T.to(torch.uint8).contiguous().cpu().numpy(),
        g_idx.to(torch.int32).cpu().numpy(),
        grid.bits,
        loss,
        tuple(notes),
    )
