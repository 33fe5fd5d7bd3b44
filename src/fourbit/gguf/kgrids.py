"""The grids that GGUF's types can store, and the search for the one that fits a layer.

A weight is code * d * a + e * b: `d` and `e` are one float16 each for a super-block, `a` and `b` small integers for
each block in it. Types without super-blocks (Q4_0 ...) have one block in each and a = b = 1; types without minima
have e = 0. Everything is rounded to what is stored before a single code is chosen.

Layouts: ggml/src/ggml-common.h and ggml-quants.c of llama.cpp. Layers are (d_in, d_out) here, a column of the layer
in each row, as in fourbit.engine.sweep.
"""

from itertools import product
from typing import NamedTuple

import torch

from fourbit.engine.grids import Grids
from fourbit.grid import SMALLEST_SCALE

LARGEST = 65504.0  # float16
SUPER = 256  # weights in a super-block
TINY = 1e-30
# A range is tried with more or fewer steps over it: by FINE, which finds the grid of weights that had one before, and
# by these shares of their number, which cut the range.
FINE = torch.linspace(-1, 1, 9)
COARSE = torch.tensor([0.2, 0.4, 0.6, 0.8])
POLISH = 2  # least-squares steps after the search
UNITS = 24  # float16 units tried for the integers of a super-block


class Kind(NamedTuple):
    """The grid of a type.

    low, high  codes;  size  weights in a block;  blocks  in a super-block
    a          smallest and largest integer of a scale;  b  of a minimum, None where there is none
    """

    low: int
    high: int
    size: int
    blocks: int = 1
    a: tuple[int, int] = (1, 1)
    b: tuple[int, int] | None = None

    @property
    def top(self) -> int:
        return self.high - self.low

    @property
    def width(self) -> int:
        """Weights that share d and e."""
        return self.size * self.blocks


KINDS = {
    "Q4_0": Kind(-8, 7, 32),
    "Q4_1": Kind(0, 15, 32, b=(1, 1)),
    "Q5_0": Kind(-16, 15, 32),
    "Q5_1": Kind(0, 31, 32, b=(1, 1)),
    "Q8_0": Kind(-127, 127, 32),
    "Q2_K": Kind(0, 3, 16, 16, (0, 15), (0, 15)),
    "Q3_K": Kind(-4, 3, 16, 16, (-32, 31)),
    "Q4_K": Kind(0, 15, 32, 8, (0, 63), (0, 63)),
    "Q5_K": Kind(0, 31, 32, 8, (0, 63), (0, 63)),
    "Q6_K": Kind(-32, 31, 16, 16, (-128, 127)),
}


def half(values: torch.Tensor) -> torch.Tensor:
    """Values as float16 holds them, in float32; none becomes zero, which no code could leave again."""
    values = values.clamp(-LARGEST, LARGEST).half().float()
    return torch.where(values.abs() < SMALLEST_SCALE, SMALLEST_SCALE, values)


class Stored:
    """The grid of a layer as it is stored: d, e (d_in / width, d_out); a, b (d_in / size, d_out), float32.

    e is added, so it is minus what K-quants call dmin. a is never 0: code 0 says the same.
    """

    def __init__(self, kind: Kind, d, a, e=None, b=None):
        self.kind, self.d, self.a, self.e, self.b = kind, d, a, e, b

    def scale(self) -> torch.Tensor:
        """(d_in / size, d_out)"""
        return self.d.repeat_interleave(self.kind.blocks, 0) * self.a

    def offset(self) -> torch.Tensor:
        """(d_in, d_out), or zero."""
        if self.e is None:
            return torch.zeros(())
        blocks = self.e.repeat_interleave(self.kind.blocks, 0) * self.b
        return blocks.repeat_interleave(self.kind.size, 0)

    def grids(self) -> Grids:
        """For the sweep over the layer less `offset`: codes from 0, with the zero point at -low."""
        scale = self.scale()
        grids = Grids(scale, torch.full_like(scale, -self.kind.low), 8)
        grids.top = self.kind.top
        return grids


def search(W: torch.Tensor, importance: torch.Tensor, kind: Kind) -> Stored:
    """The grid with the least squared rounding error of W (d_in, d_out), weighted by importance (d_in,)."""
    importance = importance + 1e-6 * importance.mean() + TINY  # inputs never seen still want a grid
    parts = [
        _search(w.reshape(-1, kind.size, w.shape[1]), weight.view(-1, kind.size, 1), kind)
        for w, weight in zip(W.split(SUPER), importance.split(SUPER), strict=True)
    ]
    return Stored(kind, *(None if part[0] is None else torch.cat(part) for part in zip(*parts, strict=True)))


def _search(w, importance, kind):
    """d, a, e, b of some blocks w (n, size, d_out)."""
    find = _affine if kind.b else _signed
    s, o, steps = find(w, importance, kind)
    if kind.blocks == 1:
        return (
            half(s),
            torch.ones_like(s),
            None if o is None else half(o),
            None if o is None else torch.ones_like(o),
        )
    energy = (importance * steps.square()).sum(1) if o is None else (importance * (steps + 1)).sum(1)
    d, a = _integers(s, energy, kind.a, kind.blocks)
    a = torch.where(a == 0, torch.where(s * d.repeat_interleave(kind.blocks, 0) < 0, -1.0, 1.0), a)
    a = a.clamp(max(kind.a[0], 1) if kind.b else kind.a[0], kind.a[1])
    e = b = None
    if o is not None:
        e, b = _integers(o, importance.sum(1).expand_as(o), kind.b, kind.blocks)
    return _neighbors(w, importance, kind, d, a, e, b)


def _shares(steps: int) -> list[float]:
    """Of the range, tried in turn: so many steps are laid over it."""
    more = torch.cat((FINE * min(1, steps / 4), COARSE * steps))
    return (steps / (steps + more)).tolist()


def _signed(w, importance, kind):
    """Scales of either sign (n, d_out), as codes reach further down than up, and the steps they lead to."""
    low, high = w.amin(1), w.amax(1)
    extreme = torch.where(high > -low, high, low)

    def fitted(s):
        """The steps that s leads to, the scale that fits them best, and what it explains of the weights' energy."""
        s = torch.where(s.abs() < TINY, TINY, s)
        steps = (w / s[:, None]).round_().clamp_(kind.low, kind.high)
        weighted = importance * steps
        energy = (weighted * steps).sum(1).clamp_(min=TINY)
        product = (weighted * w).sum(1)
        return steps, product / energy, product.square() / energy

    best = None
    for end in (kind.low, kind.high):
        for share in _shares(abs(end)):
            _, s, explained = fitted(extreme * (share / end))
            best = _keep(best, -explained, s)
    for _ in range(POLISH):
        _, s, explained = fitted(best[1])
        best = _keep(best, -explained, s)
    return best[1], None, fitted(best[1])[0]


def _affine(w, importance, kind):
    """Scales and offsets (n, d_out) and the steps they lead to."""
    low, high = w.amin(1), w.amax(1)
    unsigned = kind.blocks > 1  # K-quants store minima without a sign
    if unsigned:
        low = low.clamp(max=0)
    total, first = importance.sum(1), (importance * w).sum(1)

    def fitted(s, o):
        """The steps that s and o lead to, the scale and offset that fit them best, and the error less a constant."""
        s = s.clamp(min=TINY)
        steps = ((w - o[:, None]) / s[:, None]).round_().clamp_(0, kind.top)
        weighted = importance * steps
        sum1, sum2, cross = weighted.sum(1), (weighted * steps).sum(1), (weighted * w).sum(1)
        determinant = total * sum2 - sum1.square()
        fits = determinant > 1e-6 * total * sum2
        new_s, new_o = (
            (total * cross - first * sum1) / determinant,
            (sum2 * first - sum1 * cross) / determinant,
        )
        if unsigned:
            above = new_o > 0
            new_s = torch.where(above, cross / sum2.clamp(min=TINY), new_s)
            new_o = torch.where(above, 0.0, new_o)
        s, o = torch.where(fits, new_s, s), torch.where(fits, new_o, o)
        error = s * (s * sum2 - 2 * cross + 2 * o * sum1) + o * (o * total - 2 * first)
        return steps, s, o, error

    best = None
    for share in _shares(kind.top):
        s = (high - low) * (share / kind.top)
        o = (low + high - s * kind.top) / 2
        _, s, o, error = fitted(s, o.clamp(max=0) if unsigned else o)
        best = _keep(best, error, s, o)
    for _ in range(POLISH):
        _, s, o, error = fitted(*best[1:])
        best = _keep(best, error, s, o)
    return *best[1:], fitted(*best[1:])[0]


def _keep(best, error, *values):
    """The better of two candidates, row by row."""
    if best is None:
        return error, *values
    better = error < best[0]
    return tuple(torch.where(better, new, old) for new, old in zip((error, *values), best, strict=True))


def _integers(values, weights, limits, blocks):
    """float16 units (n / blocks, d_out) and integers (n, d_out) whose product comes close to values (n, d_out)."""
    shape = values.shape
    values, weights = values.view(-1, blocks, shape[1]), weights.reshape(-1, blocks, shape[1])
    low, high = values.amin(1), values.amax(1)
    extreme = torch.where(high > -low, high, low)
    best = None
    ends = [end for end in limits if end]
    for end, share in product(ends, torch.linspace(1.0, 0.8, UNITS // len(ends)).tolist()):
        unit = half(extreme / (end * share))
        for _ in range(2):
            integers = (values / unit[:, None]).round_().clamp_(*limits)
            best = _keep(best, (weights * (values - integers * unit[:, None]).square_()).sum(1), unit)
            energy = (weights * integers.square()).sum(1)
            fitted = (weights * integers * values).sum(1) / energy.clamp(min=TINY)
            unit = half(torch.where(energy > 0, fitted, unit))
    unit = best[1]
    integers = (values / unit[:, None]).round_().clamp_(*limits)
    return unit, integers.view(shape)


def _neighbors(w, importance, kind, d, a, e, b):
    """The best integers among those beside a and b, by the rounding error that they lead to."""
    best = None
    for shift_a, shift_b in product((0, -1, 1, -2, 2), (0, -1, 1) if kind.b else (0,)):
        new_a = (a + shift_a).clamp(*kind.a)
        new_a = torch.where(new_a == 0, a, new_a)
        s = (d.repeat_interleave(kind.blocks, 0) * new_a)[:, None]
        rest, new_b = w, a
        if kind.b:
            new_b = (b + shift_b).clamp(*kind.b)
            rest = w - (e.repeat_interleave(kind.blocks, 0) * new_b)[:, None]
        steps = (rest / s).round_().clamp_(kind.low, kind.high)
        best = _keep(best, (importance * (rest - steps * s).square_()).sum(1), new_a, new_b)
    return d, best[1], e, best[2] if kind.b else None
