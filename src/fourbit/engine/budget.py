"""Bits by layer: measure what each layer loses at every bit width, then spend a budget where it buys most.

Harm is the KL divergence of the next-token distribution from the model's own, with the layers of one group
quantized and all others left alone. Harms of groups are added up; the sum orders choices well, but says little about
the model in the end.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import torch
from torch import nn

from fourbit.engine.alone import Alone
from fourbit.engine.awq import quantize_awq
from fourbit.engine.checkpoint.gptq import packable, stored_bytes
from fourbit.engine.recipe import Recipe, Rule
from fourbit.engine.walk.skeleton import Skeleton
from fourbit.engine.walk.walk import chosen
from fourbit.errors import UserError
from fourbit.grid import BITS

UNITS = {"MB": 1e6, "GB": 1e9}  # bytes


@dataclass(frozen=True)
class Budget:
    """A size for the result: bits per quantized weight, all that is stored for it included, or bytes of all tensors."""

    amount: float
    unit: str

    @classmethod
    def parse(cls, text: str) -> "Budget":
        """From '4.25bpw', '90MB' or '1.5GB'; UserError when it is none of these."""
        found = re.fullmatch(r"(\d+(?:\.\d+)?) ?(bpw|MB|GB)", text)
        if not found or not float(found[1]):
            raise UserError(
                f"--budget {text}: must be a size such as 4.25bpw (bits per weight), 90MB or 1.5GB"
            )
        return cls(float(found[1]), found[2])

    def __str__(self) -> str:
        return f"{self.amount:g}{self.unit}"

    def bytes(self, weights: int, fixed: int) -> float:
        """What the quantized layers may take, when they have so many weights and the rest takes `fixed` bytes."""
        if self.unit == "bpw":
            return self.amount * weights / 8
        return self.amount * UNITS[self.unit] - fixed

    def amount_of(self, size: int, weights: int, fixed: int) -> float:
        """A size of the quantized layers in this budget's unit."""
        return 8 * size / weights if self.unit == "bpw" else (size + fixed) / UNITS[self.unit]


@dataclass(frozen=True)
class Choice:
    """Layers that get the same bits, because engines fuse them: what that costs in KL (nats) and in bytes."""

    layers: tuple[str, ...]
    bits: int
    harm: float
    bytes: int


@dataclass(frozen=True)
class Allocation:
    """The choice made for every group, as rules and as a table; note: what a user should know about it."""

    rules: tuple[Rule, ...]
    choices: tuple[Choice, ...]
    note: str = ""


@torch.inference_mode()
def allocate(
    model: nn.Module | Skeleton,
    windows: np.ndarray,
    recipe: Recipe,
    budget: Budget,
    fixed_bytes: int = 0,
    progress: Callable[[Choice], None] = lambda choice: None,
) -> Allocation:
    """Choose 2, 3, 4 or 8 bits for the layers that no rule of the recipe names, so that the budget is kept.

    model        in memory, float32; the same afterwards
    windows      (n, length) token ids, a few: everything between the blocks is kept in memory for all of them
    fixed_bytes  of all tensors that are not quantized, which a budget in MB or GB counts too
    progress     called with each choice as it is measured
    Layers that read the same tensor (q, k, v; gate, up) and all experts of a block get the same bits. To be quick,
    weights are rounded on clipped ranges whatever the method. UserError when even the fewest bits take more.
    """
    skeleton = model if isinstance(model, Skeleton) else Skeleton.of(model)
    layers = chosen(skeleton, recipe)
    free = [name for name in layers if not any(rule.matches(name) for rule in recipe.rules)]
    weights = sum(d_out * d_in for _, (d_out, d_in) in layers.values())
    ruled = sum(
        stored_bytes(shape, own.bits, own.group_size)
        for name, (own, shape) in layers.items()
        if name not in free
    )
    groups = _fused(skeleton, free, windows[0])
    options = [_sizes([name for names in group for name in names], layers, recipe) for group in groups]
    least, most = (sum(pick(option.values()) for option in options) for pick in (min, max))
    allowed = budget.bytes(weights, fixed_bytes) - ruled
    if least > allowed:
        smallest = math.ceil(1000 * budget.amount_of(least + ruled, weights, fixed_bytes)) / 1000
        raise UserError(
            f"--budget {budget}: with the fewest bits everywhere this model takes {smallest:g}{budget.unit}; "
            "give at least that, or a larger --group-size"
        )
    alone = Alone(skeleton, windows)
    measured = []
    for group, sizes in zip(groups, options, strict=True):
        harms = _harms(alone, group, recipe, tuple(sizes))
        names = tuple(name for names in group for name in names)
        measured.append([Choice(names, bits, harms[bits], size) for bits, size in sizes.items()])
        for choice in measured[-1]:
            progress(choice)
    note, choices = "", spend(measured, allowed)
    if most <= allowed:
        note = f"--budget {budget}: more than the most bits everywhere take, which every layer gets"
        choices = tuple(choice[-1] for choice in measured)
    rules = tuple(Rule(name, choice.bits) for choice in choices for name in choice.layers)
    return Allocation(recipe.rules + rules, choices, note)


def _sizes(
    names: list[str], layers: dict[str, tuple[Recipe, tuple[int, int]]], recipe: Recipe
) -> dict[int, int]:
    """Bytes that the layers take together, for all bits at which every one of them can be stored."""
    shapes = [layers[name][1] for name in names]
    return {
        bits: sum(stored_bytes(shape, bits, recipe.group_size) for shape in shapes)
        for bits in BITS
        if all(packable(shape, bits) for shape in shapes)
    }


def spend(options: list[list[Choice]], allowed: float) -> tuple[Choice, ...]:
    """One choice of each group's options, of together at most `allowed` bytes, with little harm in sum.

    Starts with the smallest of each; then takes, as long as it fits, the step that saves most harm per byte, among
    steps along the lower convex hull of each group's (bytes, harm): on it steps only get less worth their bytes.
    """
    hulls = [_hull(group) for group in options]
    steps = [
        (_saved(old, new), index, place)
        for index, hull in enumerate(hulls)
        for place, (old, new) in enumerate(pairwise(hull))
    ]
    at = [0] * len(hulls)
    left = allowed - sum(hull[0].bytes for hull in hulls)
    for _, index, place in sorted(steps, key=lambda step: (-step[0], step[1:])):
        hull = hulls[index]
        cost = hull[place + 1].bytes - hull[place].bytes
        if at[index] == place and cost <= left:
            at[index], left = place + 1, left - cost
    return tuple(hull[place] for hull, place in zip(hulls, at, strict=True))


def _hull(group: list[Choice]) -> list[Choice]:
    """The options on the lower convex hull of (bytes, harm), from the smallest to the least harmful."""
    hull: list[Choice] = []
    for new in sorted(group, key=lambda choice: choice.bytes):
        if hull and new.harm >= hull[-1].harm:
            continue
        while len(hull) > 1 and _saved(hull[-2], hull[-1]) <= _saved(hull[-2], new):
            hull.pop()
        hull.append(new)
    return hull


def _saved(old: Choice, new: Choice) -> float:
    """Harm per byte that is saved by taking the larger choice."""
    return (old.harm - new.harm) / (new.bytes - old.bytes)


def _fused(skeleton: Skeleton, names: list[str], window: np.ndarray) -> list[list[list[str]]]:
    """The layers in groups of equal bits, each made of lists that read one tensor: q, k, v; all experts of a block."""
    read: dict[str, torch.Tensor] = {}
    hooks = [
        skeleton.model.get_submodule(name).register_forward_pre_hook(
            lambda _, inputs, name=name: read.__setitem__(name, inputs[0])  # kept alive: no two share an id
        )
        for name in names
    ]
    skeleton.model(torch.from_numpy(window[None]), use_cache=False)
    for hook in hooks:
        hook.remove()
    groups: dict[object, dict[object, list[str]]] = {}
    for name in names:
        tensor = id(read[name]) if name in read else name
        groups.setdefault(_experts(skeleton, name) or tensor, {}).setdefault(tensor, []).append(name)
    return [list(group.values()) for group in groups.values()]


def _experts(skeleton: Skeleton, name: str) -> str | None:
    """The list of modules inside its block that a layer belongs to."""
    path = name
    while path := path.rpartition(".")[0]:
        if path == skeleton.prefix:
            return None
        if isinstance(skeleton.model.get_submodule(path), nn.ModuleList):
            return path
    return None


def _harms(alone: Alone, group: list[list[str]], recipe: Recipe, widths: tuple[int, ...]) -> dict[int, float]:
    """Mean KL divergence (nats) with the group's layers quantized, by bits."""
    found = alone.hessians([names[0] for names in group])
    H = {name: found[names[0]] for names in group for name in names}
    harms = {}
    for bits in widths:
        own = replace(recipe, bits=bits)
        quantized = {name: quantize_awq(alone.layer(name).weight.data, H[name], own) for name in H}
        harms[bits] = alone.harm(quantized)
    return harms
