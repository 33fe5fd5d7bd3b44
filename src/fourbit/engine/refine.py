"""After GPTQ: better codes for the scales, better scales for the codes, in turn, under the same objective."""

import torch

from fourbit.engine.grids import Grids, stored
from fourbit.engine.sweep import sweep

ROUNDS = 6
ENOUGH = 1e-3  # stop when a round gains less than this share of the error
ROWS = 1024  # rows refitted at once: bounds the memory of their (groups, groups) systems


def errors(H: torch.Tensor, delta: torch.Tensor) -> torch.Tensor:
    """Output error of each row, (d_out,): diag(D^T H D) of the weight errors delta (d_in, d_out)."""
    return ((H @ delta) * delta).sum(0)


def refit_scales(W: torch.Tensor, H: torch.Tensor, codes: torch.Tensor, grids: Grids) -> torch.Tensor:
    """The scales (groups, d_out) that minimize the output error with the codes held: least squares, row by row.

    W, codes (d_in, d_out). Scales that least squares would halve or double are kept: their group is
    (nearly) all zeros.
    """
    d_in, d_out = W.shape
    groups = len(grids.scale)
    size = d_in // groups
    result, steps = torch.empty_like(grids.scale), grids.steps(codes)
    for rows in torch.arange(d_out, device=W.device).split(ROWS):
        K = steps[:, rows]
        system = torch.zeros(groups, groups, len(rows), device=W.device)
        for g in range(groups):
            end = (g + 1) * size
            product = H[:end, g * size : end] @ K[g * size : end]
            system[g, : g + 1] = (product * K[:end]).view(g + 1, size, -1).sum(1)
        right = ((H @ W[:, rows]) * K).view(groups, size, -1).sum(1)  # (groups, rows)
        lower = system.permute(2, 0, 1)
        full = lower + lower.tril(-1).mT
        diagonal = full.diagonal(dim1=1, dim2=2)
        diagonal += 1e-6 * diagonal.mean(1, keepdim=True) + torch.finfo(torch.float32).tiny
        result[:, rows] = torch.linalg.solve_ex(full, right.T[..., None])[0][..., 0].T
    usable = (result > grids.scale / 2) & (result < grids.scale * 2)
    return stored(torch.where(usable, result, grids.scale))


def descend(W: torch.Tensor, H: torch.Tensor, codes: torch.Tensor, grids: Grids) -> torch.Tensor:
    """One pass of coordinate descent: each column takes the codes that are best given all other columns."""
    size = len(W) // len(grids.scale)
    group = torch.arange(len(W), device=W.device) // size
    now = grids.weights(codes)
    diagonal = H.diagonal()[:, None]
    return sweep(now + (H @ (W - now)) / diagonal, now, H / diagonal, grids, group, size)


def refine(W: torch.Tensor, H: torch.Tensor, codes: torch.Tensor, grids: Grids) -> torch.Tensor:
    """Alternate both until little is gained; returns the codes and changes `grids`.

    W, codes (d_in, d_out) with the columns of a group beside each other, H (d_in, d_in) damped.
    For each output the best of all rounds is kept, so none gets worse.
    """
    error = errors(H, W - grids.weights(codes))
    best_codes, best_scale = codes, grids.scale
    for _ in range(ROUNDS):
        grids.scale = refit_scales(W, H, codes, grids)
        codes = descend(W, H, codes, grids)
        new = errors(H, W - grids.weights(codes))
        better = new < error
        gain = (error - new).clamp(min=0).sum() / error.sum()
        error = torch.where(better, new, error)
        best_codes = torch.where(better, codes, best_codes)
        best_scale = torch.where(better, grids.scale, best_scale)
        if not gain > ENOUGH:
            break
    grids.scale = best_scale
    return best_codes
