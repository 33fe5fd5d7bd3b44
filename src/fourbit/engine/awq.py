"""AWQ: scale up the input channels that matter before rounding, and clip each group's range where that pays.

Lin, Tang, Tang, Yang, Chen, Wang, Dang, Gan, Han: AWQ, arXiv 2306.00978, section 3. Losses are taken from the
Hessian of the layers' inputs, so no forward pass is needed for each of the scales that are tried.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from fourbit.engine.fold import Site, find_sites
from fourbit.engine.grids import fit, nearest
from fourbit.engine.hessian import Hessian
from fourbit.engine.recipe import Recipe
from fourbit.engine.refine import errors
from fourbit.grid import Quantized, check_shape

RATIOS = 20  # scales mean|x| ** (i / 20) are tried, i from 0 (no scaling)
SHRINKS = 20  # ranges that clipping tries, from 1.0 down to 0.5 of the whole
FEW_SHRINKS = 6  # while scales are searched
OUTPUTS = 1024  # of all layers together take part in the search; the scale that wins is judged on all of them
NOTHING_BETTER = "no scale was better than none"
HESSIAN_BYTES = 2**30  # in memory at once, unless a single one is larger


@dataclass(frozen=True)
class Fold:
    """What became of the layers that read one tensor.

    layers         names relative to the block
    source         the module that their scales were folded into; None when they were not scaled
    ratio          exponent of mean|x|; 0.0 when no scaling was better than all
    before, after  share of the layers' output energy lost by clipped rounding, without and with the scales
    reason         why they were not scaled
    """

    layers: tuple[str, ...]
    source: str | None = None
    ratio: float = 0.0
    before: float | None = None
    after: float | None = None
    reason: str = ""


class _Inputs:
    """First absolute and second moments of what is read at a site; experts add theirs to one sum."""

    def __init__(self, width: int, device: torch.device):
        self.hessian = Hessian(width, device)
        self._absolute = torch.zeros(width, dtype=torch.float64, device=device)

    def add(self, x: Tensor) -> None:
        self.hessian.add(x)
        self._absolute += x.reshape(-1, x.shape[-1]).abs().sum(dim=0, dtype=torch.float64)

    def mean(self) -> Tensor:
        """mean|x| (width,)"""
        return (self._absolute / self.hessian.tokens).float()


@torch.no_grad()
def scale_block(
    block: nn.Module,
    groups: list[list[str]],
    batches: Iterable[tuple[tuple, dict]],
    recipe_of: Callable[[str], Recipe | None],
) -> list[Fold]:
    """Find AWQ's scales for the layers of a decoder block (float32) and fold them in, in place.

    groups     names (relative to the block) of linear layers that read the same tensor
    batches    (arguments, keywords) of each call of the block; iterated more than once
    recipe_of  the recipe of a layer by its name in `groups`; None for one that is not quantized
    The block computes what it did before, up to float32 rounding. Where query heads share a key/value head, the
    layer behind attention gets scales averaged over the heads that share. A mixture of experts gets one scale for
    all its experts and the router. Returns one Fold for each site, then one for each group without.
    """
    sites, reasons = find_sites(block, groups, next(iter(batches)))
    folds = []
    for part in _affordable(sites):
        readers = [[group for group in groups if group[0] in site.readers] for site in part]
        inputs = _gather(block, part, readers, batches)
        for site, own, moments in zip(part, readers, inputs, strict=True):
            recipes = {name: recipe for group in own for name in group if (recipe := recipe_of(name))}
            if recipes:
                folds.append(_fold(block, site, recipes, moments))
    return folds + [Fold(tuple(group), reason=reasons[group[0]]) for group in groups if group[0] in reasons]


def _affordable(sites: list[Site]) -> Iterator[list[Site]]:
    """The sites in parts whose Hessians fit into HESSIAN_BYTES together."""
    part, size = [], 0
    for site in sites:
        needed = 8 * len(site.rows) ** 2
        if part and size + needed > HESSIAN_BYTES:
            yield part
            part, size = [], 0
        part.append(site)
        size += needed
    if part:
        yield part


def _gather(
    block: nn.Module, sites: list[Site], readers: list[list[list[str]]], batches: Iterable[tuple[tuple, dict]]
) -> list[_Inputs]:
    found = [_Inputs(len(site.rows), site.rows.device) for site in sites]
    hooks = [
        block.get_submodule(group[0]).register_forward_pre_hook(lambda _, x, inputs=inputs: inputs.add(x[0]))
        for inputs, groups in zip(found, readers, strict=True)
        for group in groups
    ]
    for arguments, keywords in batches:
        block(*arguments, **keywords)
    for hook in hooks:
        hook.remove()
    return found


def _fold(block: nn.Module, site: Site, recipes: dict[str, Recipe], inputs: _Inputs) -> Fold:
    layers = [(block.get_submodule(name).weight.data.T, recipe) for name, recipe in recipes.items()]
    H = inputs.hessian.matrix().float()
    ratio, s = search(layers, H, site.share(inputs.mean()))
    energy = max(sum(errors(H, columns).sum().item() for columns, _ in layers), torch.finfo().tiny)
    before, after = (_loss(layers, H, scale, SHRINKS) / energy for scale in (torch.ones_like(s), s))
    if not after < before:  # not even when the search found a scale: it looked at some outputs only
        return Fold(tuple(recipes), before=before, after=before, reason=NOTHING_BETTER)
    site.apply(block, s)
    return Fold(tuple(recipes), site.source, ratio, before, after)


def search(layers: list[tuple[Tensor, Recipe]], H: Tensor, mean: Tensor) -> tuple[float, Tensor]:
    """The ratio r and the scales s (d_in,), s ~ mean ** r, with which rounding the layers costs least.

    layers  transposed weights (d_in, d_out) that read the same input, and their recipes
    H       Hessian (d_in, d_in) of that input, float32;  mean  its mean|x| (d_in,)
    s is normalized to max(s) * min(s) = 1, which keeps weights and inputs both in range. Scales are judged by
    clipped rounding, as it will follow: clipping alone does much of what a scale could do, so that the best for
    unclipped ranges are too strong.
    """
    some = [(_sample(columns, max(1, OUTPUTS // len(layers))), recipe) for columns, recipe in layers]
    mean = (mean / mean.mean()).clamp(min=1e-4)
    best = None
    for step in range(RATIOS):
        s = mean ** (step / RATIOS)
        s = s / (s.max() * s.min()).sqrt()
        loss = _loss(some, H, s, FEW_SHRINKS)
        if best is None or loss < best[0]:
            best = loss, step / RATIOS, s
    return best[1:]


def _sample(columns: Tensor, outputs: int) -> Tensor:
    d_out = columns.shape[1]
    return columns[:, torch.linspace(0, d_out - 1, min(outputs, d_out), device=columns.device).long()]


def _loss(layers: list[tuple[Tensor, Recipe]], H: Tensor, s: Tensor, shrinks: int) -> float:
    """tr(E H E^T) of the layers' E = W - Q(W s) / s, Q rounding on clipped ranges."""
    H = H / torch.outer(s, s)  # of the input divided by s
    return sum(
        clip(part * s[:, None], H, recipe, shrinks)[3].sum().item()
        for columns, recipe in layers
        for part in columns.split(OUTPUTS, dim=1)
    )


def _grouped(columns: Tensor, recipe: Recipe) -> Tensor:
    """(d_in, d_out) as (groups, group size, d_out)."""
    d_in, d_out = columns.shape
    return columns.reshape(-1, d_in if recipe.group_size == -1 else recipe.group_size, d_out)


def _ends(groups: Tensor) -> Tensor:
    """Lowest and highest weight of each group, (2, groups, d_out)."""
    return torch.stack((groups.amin(dim=1), groups.amax(dim=1)))


def _round(groups: Tensor, ends: Tensor, recipe: Recipe) -> tuple[Tensor, Tensor, Tensor]:
    """Steps (groups, size, d_out), scales and zero points (groups, d_out) of rounding to the grid between the ends."""
    scale, zero = fit(ends, recipe.bits, recipe.symmetric, recipe.lowest_zero)
    return nearest(groups, scale[:, None], zero[:, None], recipe.bits), scale, zero


def clip(
    columns: Tensor, H: Tensor, recipe: Recipe, shrinks: int = SHRINKS
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Round columns (d_in, d_out) on ranges that are shrunk where that pays.

    Each group of each output gets the range, one of `shrinks` from all of it down to half, with the least error e^T H_gg e;
    H_gg is the group's block of H (d_in, d_in). An output whose errors then cost more by all of H than those on
    whole ranges gets whole ranges. Returns steps (d_in, d_out), scales and zero points (groups, d_out), and the
    error of each output (d_out,).
    """
    groups = _grouped(columns, recipe)
    count, size, _ = groups.shape
    each = torch.arange(count, device=H.device)
    own = H.reshape(count, size, count, size)[each, :, each]  # the blocks on the diagonal
    ends = _ends(groups)
    best = whole = _round(groups, ends, recipe)
    least = _errors(own, _left(groups, whole))
    for step in range(1, shrinks):
        tried = _round(groups, ends * (1 - 0.5 * step / (shrinks - 1)), recipe)
        error = _errors(own, _left(groups, tried))
        best = _choose(error < least, tried, best)
        least = torch.minimum(error, least)
    clipped, rounded = (errors(H, _left(groups, parts).flatten(0, 1)) for parts in (best, whole))
    steps, scale, zero = _choose(clipped <= rounded, best, whole)
    return steps.reshape(columns.shape), scale, zero, torch.minimum(clipped, rounded)


def _left(groups: Tensor, rounded: tuple[Tensor, Tensor, Tensor]) -> Tensor:
    """What rounding leaves of each weight, (groups, size, d_out)."""
    steps, scale, _ = rounded
    return groups - steps * scale[:, None]


def _errors(H: Tensor, e: Tensor) -> Tensor:
    """e^T H e of every group and output, (groups, d_out); H (groups, size, size), e (groups, size, d_out)."""
    return ((H @ e) * e).sum(dim=1)


def _choose(better: Tensor, new: tuple[Tensor, ...], old: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Steps, scales and zero points of `new` where it is better, (d_out,) or (groups, d_out)."""
    steps = torch.where(better.unsqueeze(-2), new[0], old[0])
    return steps, *(torch.where(better, n, o) for n, o in zip(new[1:], old[1:], strict=True))


@torch.no_grad()
def quantize_awq(W: Tensor | np.ndarray, H: Tensor | np.ndarray, recipe: Recipe) -> Quantized:
    """Round W (d_out, d_in), already scaled, on clipped ranges; H (d_in, d_in) is the Hessian of its inputs.

    The output error of no row is larger than that of plain rounding. Raises ValueError for weights or a Hessian
    that are not finite, sizes that do not fit, or a group too wide for float16 scales.
    """
    W = torch.as_tensor(W).float()
    group_size = check_shape(W.shape, recipe.bits, recipe.group_size)
    H = torch.as_tensor(H, device=W.device).float()
    if H.shape != (W.shape[1], W.shape[1]):
        raise ValueError(
            f"the Hessian of a layer of width {W.shape[1]} is square of that size, got {tuple(H.shape)}"
        )
    for name, matrix in (("weights", W), ("Hessian", H)):
        if bad := int((~torch.isfinite(matrix)).sum()):
            raise ValueError(f"{name}: {bad:,} values are not finite")
    parts = [clip(rows.T.contiguous(), H, recipe) for rows in W.split(OUTPUTS)]
    steps, scales, zeros, error = (torch.cat(part, dim=-1) for part in zip(*parts, strict=True))
    codes = steps + zeros.repeat_interleave(group_size, dim=0)
    return Quantized(
        codes.T.to(torch.uint8).contiguous().cpu().numpy(),
        scales.T.half().contiguous().cpu().numpy(),
        zeros.T.to(torch.uint8).contiguous().cpu().numpy(),
        np.arange(W.shape[1], dtype=np.int32) // group_size,
        recipe.bits,
        loss=error.sum().item() / 2,
    )
