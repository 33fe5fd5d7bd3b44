"""GPTQ for one layer onto the grid that a GGUF type stores, as blocks.

The scales of a K-quant are integers of 4 to 8 bits inside a super-block. They are chosen and rounded first, where
rounding errors weigh most; then columns are rounded in turn, each after the errors of those before it arrived; then
codes, integers and float16 scales are improved one after the other under the same objective.
"""

from typing import NamedTuple

import numpy as np
import torch

from fourbit.engine.refine import ENOUGH, ROUNDS, errors
from fourbit.engine.shrinkage import shrink_spectrum
from fourbit.engine.solve import factor
from fourbit.engine.sweep import sweep
from fourbit.gguf.kgrids import KINDS, Stored, half, search
from fourbit.gguf.pack import pack
from fourbit.gguf.quantize import decode, encode
from fourbit.gguf.types import Type


class Solved(NamedTuple):
    """blocks  uint8 (d_out, bytes of a row);  loss  1/2 tr(E H E^T) with the damped H
    reference  the same of llama.cpp's quantizer with an importance matrix;  taken  rows where that is stored
    """

    blocks: np.ndarray
    loss: float
    reference: float
    taken: int
    notes: tuple[str, ...] = ()


def solve(
    W: torch.Tensor | np.ndarray,
    H: torch.Tensor | np.ndarray,
    type: Type,
    order: str = "activation",
    damp: float = 0.05,
    effort: str = "best",
) -> Solved:
    """Blocks of W (d_out, d_in) that change outputs on inputs with Hessian H (d_in, d_in) little.

    order, damp  as in fourbit.engine.solve
    effort       "default": grids searched, then one sweep. "best": codes and scales refined in turn after it, all of it for
                 the Hessian that unseen text will likely have

    The rows of blocks are independent: each is the better one of ours and llama.cpp's on H.
    Raises ValueError for a type without such a grid, or where blocks do not fill the width.
    """
    if type.name not in KINDS:
        raise ValueError(f"no error feedback for {type.name}; there is for {', '.join(KINDS)}")
    kind = KINDS[type.name]
    type.row_bytes(d_in := W.shape[1])
    W = torch.as_tensor(W).float()
    H = torch.as_tensor(H, device=W.device)
    energy = H.diagonal()
    reference = encode(W.cpu().numpy(), type, energy.float().cpu().numpy() if energy.any() else None)
    if not energy.any():
        return Solved(reference, 0.0, 0.0, 0, ("no calibration token reached this layer",))
    dead, notes = energy <= 0, ()
    if dead.any():
        notes = (f"{int(dead.sum()):,} of {d_in:,} inputs were always zero",)
        H = H.clone()
        H.diagonal()[dead] = energy[~dead].mean()
    columns = torch.arange(d_in, device=W.device)
    if order == "activation":
        columns = torch.argsort(-energy, stable=True)
    aim = shrink_spectrum(H) if effort == "best" else H
    found = factor(aim, damp, columns if order == "activation" else None)
    place = torch.argsort(columns)
    importance = torch.where(dead, 0.0, found.variance[place])
    H = H.to(torch.float32, copy=True)
    H.diagonal().add_(found.damping)

    by_column = W.T.contiguous()
    stored = search(by_column, importance, kind)
    rest = (by_column - stored.offset())[columns]
    codes = sweep(rest.clone(), rest, found.A, stored.grids(), columns // kind.size, kind.size)[place]
    if effort == "best":
        aim.diagonal().add_(found.damping)
        codes = refine(by_column, aim, codes, stored)
    blocks = pack_layer(codes, stored, type)
    ours, theirs = (
        errors(H, by_column - torch.from_numpy(decode(each, type, tuple(W.shape))).to(W.device).T) / 2
        for each in (blocks, reference)
    )
    worse = theirs < ours
    blocks[worse.cpu().numpy()] = reference[worse.cpu().numpy()]
    return Solved(
        blocks,
        torch.where(worse, theirs, ours).sum().item(),
        theirs.sum().item(),
        int(worse.sum()),
        (*notes, *found.notes),
    )


def refine(W: torch.Tensor, H: torch.Tensor, codes: torch.Tensor, stored: Stored) -> torch.Tensor:
    """Improve scales and codes in turn until little is gained; returns the codes and changes `stored`.

    Each move takes the best of the values that can be stored, all else held: the error never grows.
    """
    kind, group = stored.kind, torch.arange(len(W), device=W.device) // stored.kind.size
    diagonal = H.diagonal()[:, None]
    coupling = H / diagonal
    E = W - stored.offset() - stored.grids().weights(codes)
    R = H @ E
    error = (R * E).sum()
    for _ in range(ROUNDS):
        rescale(H, codes, stored, E, R)
        grids = stored.grids()
        now = grids.weights(codes)
        # Each column aims at what is best given all others, as fourbit.engine.refine.descend does.
        codes = sweep(now + R / diagonal, now, coupling, grids, group, kind.size)
        E += now  # the sweep left there what weights fell by
        torch.matmul(H, E, out=R)
        new = (R * E).sum()
        if not error - new > ENOUGH * error:
            break
        error = new
    return codes


def rescale(H: torch.Tensor, codes: torch.Tensor, stored: Stored, E: torch.Tensor, R: torch.Tensor) -> None:
    """One pass over scales and minima, the codes held: each takes the best value that can be stored.

    Keeps up to date the weights' errors E (d_in, d_out), and R = H E: half the slope of the output error.
    """
    width, steps = stored.kind.width, stored.grids().steps(codes)
    for g in range(len(stored.d)):
        here = slice(g * width, (g + 1) * width)
        growth = _rescale_block(H[here, here], steps[here], R[here].clone(), stored, g)
        E[here] -= growth
        R.addmm_(H[:, here], growth, alpha=-1)


def _rescale_block(
    H: torch.Tensor, steps: torch.Tensor, R: torch.Tensor, stored: Stored, g: int
) -> torch.Tensor:
    """d, e, a and b of super-block g anew; returns by how much its weights grew. All tensors: its columns only."""
    kind = stored.kind
    growth = torch.zeros_like(steps)

    def fit(values, row, direction, columns, as_stored):
        """Weights are values[row] * direction + ...: the error is a parabola of it."""
        response = H[:, columns] @ direction
        curve = (direction * response[columns]).sum(0)
        best = as_stored(values[row] + (direction * R[columns]).sum(0) / curve)
        usable = (curve > 0) & best.isfinite() & ((best != 0) | (values is stored.b))
        best = torch.where(usable, best, values[row])
        step = best - values[row]
        values[row] = best
        growth[columns] += step * direction
        R.sub_(step * response)

    first, whole = g * kind.blocks, slice(None)
    blocks = slice(first, first + kind.blocks)
    fit(stored.d, g, steps * stored.a[blocks].repeat_interleave(kind.size, 0), whole, half)
    if kind.b:
        fit(stored.e, g, stored.b[blocks].repeat_interleave(kind.size, 0), whole, half)
    for block in range(kind.blocks if kind.blocks > 1 else 0):
        columns = slice(block * kind.size, (block + 1) * kind.size)
        fit(
            stored.a, first + block, stored.d[g] * steps[columns], columns, lambda x: x.round().clamp(*kind.a)
        )
        if kind.b:
            minimum = stored.e[g].expand(kind.size, -1)
            fit(stored.b, first + block, minimum, columns, lambda x: x.round().clamp(*kind.b))
    return growth


def pack_layer(codes: torch.Tensor, stored: Stored, type: Type) -> np.ndarray:
    """Blocks uint8 (d_out, row bytes) of codes (d_in, d_out), counted from 0."""
    kind, d_out = stored.kind, codes.shape[1]

    def rows(values, width, dtype):
        return values.T.contiguous().cpu().numpy().reshape(-1, width).astype(dtype)

    d, a = rows(stored.d, 1, np.float16)[:, 0], rows(stored.a, kind.blocks, np.int16)
    e = b = None
    if kind.b:
        e, b = rows(stored.e, 1, np.float16)[:, 0], rows(stored.b, kind.blocks, np.int16)
    return pack(type.name, rows(codes, kind.width, np.uint8), d, a, e, b).reshape(d_out, -1)
