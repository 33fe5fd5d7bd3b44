"""Where the channels inside a block can be rescaled without changing what the block computes.

A linear layer reads x. With its columns multiplied by s, and x divided by s, its output stays the same; and the
division is free where x comes from a norm's weight or from rows of another linear layer. Which module that is, is
found by running the block on one batch, never by the class of a model or the names in it.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

TOLERANCE = 1e-5  # of a token's output: a few float32 roundings
VISIBLE = 100  # times as much must change when only the readers are scaled, or the trial proves nothing


@dataclass(frozen=True, eq=False)
class Site:
    """A tensor x (tokens, width) in a block whose channels can be rescaled.

    source   the module that x is divided in: a norm or a linear layer
    rows     (width,) the entry of source.weight behind each channel, -1 where the channel was always zero. Query
             heads that share a key/value head have the same rows, so they can only be scaled alike
    readers  every module that multiplies x by a weight (d_out, width): linear layers, the router of experts
    offset   1.0 where the source multiplies by (1 + weight), as Gemma's norms do
    """

    source: str
    rows: Tensor
    readers: tuple[str, ...]
    offset: float = 0.0

    def share(self, values: Tensor) -> Tensor:
        """Values by channel (width,), averaged over the channels that come from one row."""
        rows = self.rows + 1
        total = values.new_zeros(int(rows.max()) + 1).index_add_(0, rows, values)
        return (total / rows.bincount().clamp(min=1))[rows]

    def apply(self, block: nn.Module, s: Tensor) -> None:
        """Multiply the readers' columns by s (width,) and divide the source by it, in place."""
        live = self.rows >= 0
        s = torch.where(live, s, torch.ones_like(s))  # rows that nothing was seen of stay as they are
        _scale_readers(block, self.readers, s)
        source = block.get_submodule(self.source)
        divisor = s.new_ones(len(source.weight))
        divisor[self.rows[live]] = s[live]
        weight = source.weight.data
        weight.add_(self.offset).div_(divisor.view(-1, *[1] * (weight.ndim - 1))).sub_(self.offset)
        if getattr(source, "bias", None) is not None:
            source.bias.data.div_(divisor)


class Trace:
    """One pass through a block: how each module in it was called, and what it returned (both kept alive)."""

    def __init__(self, block: nn.Module, arguments: tuple, keywords: dict):
        self.block = block
        self.calls: dict[str, tuple[tuple, dict]] = {}
        self.outputs: dict[str, Tensor] = {}
        hooks = []
        for name, module in block.named_modules():

            def note(_, arguments, keywords, out, name=name):
                self.calls[name] = (arguments, keywords)
                self.outputs[name] = out[0] if isinstance(out, tuple) else out

            hooks.append(module.register_forward_hook(note, with_kwargs=True))
        block(*arguments, **keywords)
        for hook in hooks:
            hook.remove()

    def input(self, name: str) -> Tensor | None:
        """The first tensor the module was called with, as (tokens, width); None if it saw no token."""
        arguments, keywords = self.calls.get(name, ((), {}))
        for value in (*arguments, *keywords.values()):
            if isinstance(value, Tensor):
                return value.reshape(-1, value.shape[-1]) if value.numel() else None
        return None


def find_sites(
    block: nn.Module, groups: list[list[str]], batch: tuple[tuple, dict]
) -> tuple[list[Site], dict]:
    """The sites of the groups (names of linear layers that read one tensor), in the groups' order.

    batch   (arguments, keywords) of one call of the block
    Returns the sites and, for each group without one (by its first name), the reason.
    """
    trace = Trace(block, *batch)
    by_norm = [site for norm in _norms(block) if (site := _norm_site(trace, norm))]
    found: list[Site] = []
    reasons = {}
    for group in groups:
        if any(group[0] in site.readers for site in found):
            continue
        site = next((site for site in by_norm if group[0] in site.readers), None)
        if site is None and trace.input(group[0]) is None:
            reasons[group[0]] = "no token of the first batch reached it"
        elif site is None and (site := _linear_site(trace, group)) is None:
            reasons[group[0]] = "neither a norm nor rows of another layer make its input, and nothing else"
        if site:
            found.append(site)
    return found, reasons


def _norms(block: nn.Module) -> Iterator[str]:
    """Modules whose only parameters are vectors of one length: weight, perhaps bias."""
    for name, module in block.named_modules():
        parameters = dict(module.named_parameters())
        shapes = {parameter.shape for parameter in parameters.values()}
        if "weight" in parameters and len(shapes) == 1 and parameters["weight"].ndim == 1:
            yield name


def _norm_site(trace: Trace, norm: str) -> Site | None:
    width = len(trace.block.get_submodule(norm).weight)
    readers = _readers(trace, norm, width)
    for offset in (0.0, 1.0) if readers else ():
        site = Site(norm, torch.arange(width, device=trace.outputs[norm].device), readers, offset)
        if _equivalent(trace, site):
            return site
    return None


def _readers(trace: Trace, norm: str, width: int) -> tuple[str, ...]:
    """Modules with a weight (d_out, width) whose input is rows of the norm's output: all, or an expert's share.

    Experts of the same kind as one that read it are readers too, though no token of this batch may reach them.
    """
    if norm not in trace.outputs or trace.outputs[norm].shape[-1] != width:
        return ()
    y = trace.outputs[norm].reshape(-1, width)
    weighted = [
        name
        for name, module in trace.block.named_modules()
        if (weight := dict(module.named_parameters(recurse=False)).get("weight")) is not None
        and weight.ndim == 2
        and weight.shape[1] == width
    ]
    kinds = set()
    for name in weighted:
        x = trace.input(name)
        if x is not None and x.shape[-1] == width and (y == x[0]).all(dim=-1).any():
            kinds.add(_kind(name))
    return tuple(name for name in weighted if _kind(name) in kinds)


def _kind(name: str) -> str:
    return re.sub(r"\d+", "*", name)


def _linear_site(trace: Trace, readers: list[str]) -> Site | None:
    """A linear layer beside the readers, some rows of which make what they read."""
    parent = readers[0].rpartition(".")[0]
    width = trace.block.get_submodule(readers[0]).in_features
    for name, module in trace.block.get_submodule(parent).named_children():
        source = f"{parent}.{name}".lstrip(".")
        if not isinstance(module, nn.Linear) or source in readers:
            continue
        for part in _parts(module.out_features, width):
            rows = _follow(trace, source, part, readers[0])
            if rows is not None:
                site = Site(source, rows, tuple(readers))
                if _equivalent(trace, site):
                    return site
    return None


def _parts(d_out: int, width: int) -> Iterator[range]:
    """The rows of a layer that can make `width` channels: all, one half (gate and up), or v behind q and k."""
    if width % d_out == 0:  # less than width: key/value heads that several query heads share
        yield range(d_out)
    if d_out == 2 * width:
        yield range(width, d_out)
        yield range(width)
    v = (d_out - width) // 2
    if d_out > width and v and width % v == 0:
        yield range(d_out - v, d_out)


def _follow(trace: Trace, source: str, part: range, reader: str) -> Tensor | None:
    """Which row of `part` each channel that `reader` reads is proportional to (width,); None if some is to none.

    Every row gets a factor of its own, and the channels show it, unless something between is not linear in it.
    """
    block = trace.block
    inner = source  # the smallest module around both that was called as one
    while inner not in trace.calls or inner == source:
        inner = inner.rpartition(".")[0]
    x = trace.input(reader).double()
    seen = []
    factors = torch.linspace(2, 4, len(part), dtype=torch.float64, device=x.device)
    hook = block.get_submodule(reader).register_forward_pre_hook(
        lambda _, arguments: seen.append(arguments[0])
    )
    layer = block.get_submodule(source)
    with _unchanged(layer):
        rows = slice(part.start, part.stop)
        layer.weight.data[rows].mul_(factors[:, None])
        if layer.bias is not None:
            layer.bias.data[rows].mul_(factors)
        arguments, keywords = trace.calls[inner]
        block.get_submodule(inner)(*arguments, **keywords)
    hook.remove()
    scaled = seen[0].reshape(x.shape).double()
    energy = x.square().sum(dim=0)
    ratio = (scaled * x).sum(dim=0) / energy
    live = energy > 0
    linear = (scaled - ratio * x).square().sum(dim=0) <= (1e-4 * ratio).square() * energy
    place = (ratio.nan_to_num(2) - 2) / 2 * (len(part) - 1)
    matched = (place - place.round()).abs() < 0.25
    inside = (place.round() >= 0) & (place.round() < len(part))
    if not (linear & matched & inside)[live].all():
        return None
    return torch.where(live, part.start + place.round().long(), -1)


def _scale_readers(block: nn.Module, readers: tuple[str, ...], s: Tensor) -> None:
    for name in readers:
        block.get_submodule(name).weight.data.mul_(s)


@contextmanager
def _unchanged(*modules: nn.Module) -> Iterator[None]:
    """Whatever happens to the modules' parameters inside is undone."""
    parameters = [parameter for module in modules for parameter in module.parameters(recurse=False)]
    kept = [parameter.data.clone() for parameter in parameters]
    try:
        yield
    finally:
        for parameter, value in zip(parameters, kept, strict=True):
            parameter.data.copy_(value)


def _equivalent(trace: Trace, site: Site) -> bool:
    """Whether the block's output stays when the site is scaled, and changes when only its readers are.

    The scales tried are powers of two, which multiply without rounding: what differs is not rounding.
    """
    block = trace.block
    generator = torch.Generator().manual_seed(0)
    by_row = 2.0 ** torch.randint(-2, 3, (int(site.rows.max()) + 2,), generator=generator)
    s = by_row.to(site.rows.device)[site.rows]
    modules = [block.get_submodule(name) for name in (site.source, *site.readers)]
    arguments, keywords = trace.calls[""]
    changes = []
    for scale in (lambda: site.apply(block, s), lambda: _scale_readers(block, site.readers, s)):
        with _unchanged(*modules):
            scale()
            out = block(*arguments, **keywords)
        out = out[0] if isinstance(out, tuple) else out
        difference = (out - trace.outputs[""]).norm(dim=-1)
        changes.append((difference / trace.outputs[""].norm(dim=-1)).max().item())
    return changes[0] < min(TOLERANCE, changes[1] / VISIBLE)
