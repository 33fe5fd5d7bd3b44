"""Scales and zero points of a group of columns: from the range, or searched where errors weigh most."""

import torch

from fourbit.grid import SMALLEST_SCALE

SHRINK = torch.linspace(1.0, 0.45, 12).tolist()  # shares of the range that the search tries
POLISH = 2  # least-squares steps after the search


class Grids:
    """Scales and zero points of all groups, (groups, d_out) each; a weight is (code - zero) * scale."""

    def __init__(self, scale: torch.Tensor, zero: torch.Tensor, bits: int):
        self.scale, self.zero, self.bits, self.top = scale, zero, bits, 2**bits - 1

    @classmethod
    def empty(cls, groups: int, d_out: int, bits: int, device: torch.device) -> "Grids":
        return cls(*(torch.ones(groups, d_out, device=device) for _ in range(2)), bits)

    def set(self, g: int, scale: torch.Tensor, zero: torch.Tensor) -> None:
        """Give group g its scales and zero points, (d_out,) each."""
        self.scale[g], self.zero[g] = scale, zero

    def of(self, outputs: slice) -> "Grids":
        """The grids of some outputs, a copy."""
        return Grids(self.scale[:, outputs].clone(), self.zero[:, outputs].clone(), self.bits)

    def steps(self, codes: torch.Tensor) -> torch.Tensor:
        """Codes (d_in, d_out) less their zero points, float32; the columns of a group stand beside each other."""
        return (codes.view(len(self.zero), -1, codes.shape[1]) - self.zero[:, None]).view(codes.shape)

    def weights(self, codes: torch.Tensor) -> torch.Tensor:
        """What the codes stand for."""
        steps = self.steps(codes).view(len(self.scale), -1, codes.shape[1])
        return steps.mul_(self.scale[:, None]).view(codes.shape)


def stored(scale: torch.Tensor) -> torch.Tensor:
    """Scales as float16 will hold them, in float32 and above zero."""
    return scale.clamp(min=SMALLEST_SCALE).half().float()


def fit(
    weights: torch.Tensor, bits: int, symmetric: bool, lowest_zero: int = 0
) -> tuple[torch.Tensor, torch.Tensor]:
    """Min-max scale and zero point (d_out,) of a group of columns (n, d_out); as fourbit.grid.fit_grid."""
    return _grid(*_range(weights, symmetric), bits, symmetric, lowest_zero)


def _range(weights: torch.Tensor, symmetric: bool) -> tuple[torch.Tensor, torch.Tensor]:
    low, high = weights.amin(0), weights.amax(0)
    if symmetric:
        high = torch.maximum(high, -low)
        return -high, high
    return low.clamp(max=0), high.clamp(min=0)


def _grid(low, high, bits, symmetric, lowest_zero):
    top = 2**bits - 1
    wide = (high - low) / top
    if wide.max() > torch.finfo(torch.float16).max:
        raise ValueError(f"a group spans {(high - low).max():.3g}: its scale does not fit float16")
    scale = stored(wide)
    if symmetric:
        return scale, torch.full_like(scale, 2 ** (bits - 1))
    zero = torch.round(-low / scale).clamp(0, top)
    raised = zero < lowest_zero
    scale = torch.where(raised, stored(high / (top - lowest_zero)), scale)
    return scale, zero.clamp(min=lowest_zero)


def nearest(weights: torch.Tensor, scale: torch.Tensor, zero: torch.Tensor, bits: int) -> torch.Tensor:
    """The steps (n, d_out), integers in float32, that come closest to the weights."""
    return (weights / scale).round_().clamp_(-zero, 2**bits - 1 - zero)


def search(
    weights: torch.Tensor,
    importance: torch.Tensor,
    bits: int,
    symmetric: bool,
    lowest_zero: int = 0,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Scale and zero point (d_out,) with the least squared rounding error weighted by importance (n,).

    Tries shrunken ranges, then alternates rounding with the least-squares scale, for asymmetric grids also
    with the zero points beside the best one. The first candidate is the whole range, so it is never worse.
    """
    top = 2**bits - 1
    low, high = _range(weights, symmetric)

    def error(steps, scale):
        return importance @ (weights - steps * scale).square_()

    best = None
    for share in SHRINK:
        scale, zero = _grid(low * share, high * share, bits, symmetric, lowest_zero)
        best = _keep(best, error(nearest(weights, scale, zero, bits), scale), scale, zero)
    start_scale, start_zero = best[1].clone(), best[2].clone()
    for shift in (0,) if symmetric else (0, -1, 1):
        scale, zero = start_scale, (start_zero + shift).clamp(lowest_zero, top)
        steps = nearest(weights, scale, zero, bits)
        for _ in range(POLISH):
            energy = importance @ steps.square()
            fitted = (importance @ (steps * weights)) / energy
            scale = stored(torch.where((energy > 0) & (fitted > 0), fitted, scale))
            steps = nearest(weights, scale, zero, bits)
            best = _keep(best, error(steps, scale), scale, zero)
    return best[1], best[2]


def _keep(best, error, scale, zero):
    """The better of two candidates, row by row."""
    if best is None:
        return error, scale, zero
    better = error < best[0]
    return tuple(torch.where(better, new, old) for new, old in zip((error, scale, zero), best, strict=True))
