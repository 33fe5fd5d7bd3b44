"""Where does it hurt: what the model loses when one layer, one kind of layer or one block alone is quantized.

A layer's own error says little about that: the layers after it may not care, or care a lot. The KL divergence of the
model's predictions, with all else left alone, says it; at the price of part of a forward pass for every layer.
"""

import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import cycle
from pathlib import Path

import numpy as np
import torch
from torch import nn

from fourbit.engine import plots
from fourbit.engine.alone import Alone, first_block
from fourbit.engine.diagnose import kind
from fourbit.engine.hessian import Hessian
from fourbit.engine.recipe import Recipe
from fourbit.engine.walk.activations import Activations
from fourbit.engine.walk.inputs import BlockInputs, batches, token_ids
from fourbit.engine.walk.layer import quantize_layer, relative_errors
from fourbit.engine.walk.ranks import Team
from fourbit.engine.walk.skeleton import Skeleton
from fourbit.engine.walk.walk import chosen, head_name, hidden_width
from fourbit.errors import UserError
from fourbit.grid import Quantized

UNITS = ("layer", "kind", "block")
MARKS = "osD^vPX*<>"  # one a kind of layer: shapes are told apart without color


@dataclass(frozen=True)
class Harm:
    """What quantizing some layers alone costs.

    name     of the layer, the kind of layer, or the block;  layers, weights: how many
    bits     of the recipe; the fewest where they differ
    error    share of the output's energy that is lost on the measured text; the mean over the layers
    kl       mean KL divergence from the unquantized model's predictions (nats)
    """

    name: str
    layers: int
    weights: int
    bits: int
    error: float
    kl: float

    def as_dict(self) -> dict:
        """For JSON."""
        return asdict(self)


def units(skeleton: Skeleton, recipe: Recipe, by: str = "layer") -> dict[str, list[str]]:
    """The layers that are quantized together, by the unit's name, in the order of the model.

    by  "layer"; "kind": like layers of all blocks; "block": all layers of one. UserError when it is none of these.
    """
    if by not in UNITS:
        raise UserError(f"--by {by}: must be one of {', '.join(UNITS)}")
    found: dict[str, list[str]] = {}
    for name in chosen(skeleton, recipe):
        index = first_block(skeleton, [name])
        block = f"{skeleton.prefix}.{index}" if index < len(skeleton.blocks) else name
        found.setdefault({"layer": name, "kind": kind(name), "block": block}[by], []).append(name)
    return found


def passes(skeleton: Skeleton, recipe: Recipe, by: str = "layer") -> float:
    """About how many full passes over the measured windows it takes, before any is made: the head counts as a block."""
    blocks = len(skeleton.blocks)
    shares = ((blocks + 1 - first_block(skeleton, names)) for names in units(skeleton, recipe, by).values())
    return 1 + sum(shares) / (blocks + 1)


@torch.inference_mode()
def sensitivity(
    model: nn.Module | Skeleton,
    windows: np.ndarray,
    calibration: np.ndarray,
    recipe: Recipe,
    by: str = "layer",
    progress: Callable[[str], None] = lambda text: None,
    told: Callable[[float], None] = lambda seconds: None,
) -> list[Harm]:
    """What each unit costs when it alone is quantized by the recipe, in the order of the model.

    model        in memory, float32; the same afterwards
    windows      (n, length) token ids, a few: the model's predictions on all of them are kept in memory
    calibration  (n, length) token ids of other text, on which the layers are quantized
    progress     called with a name for each layer that is quantized, then for each unit that is measured
    told         called once with the seconds that measuring will take, from the time of the first pass

    Codes of all layers are kept, one byte a weight. AWQ's scales concern more than one layer: of "awq" only the
    clipping is measured. UserError when the recipe does not fit the model.
    """
    skeleton = model if isinstance(model, Skeleton) else Skeleton.of(model)
    groups = units(skeleton, recipe, by)
    quantized, error = _quantize_all(skeleton, windows, calibration, recipe, progress)
    alone = Alone(skeleton, windows)
    told(alone.seconds * (passes(skeleton, recipe, by) - 1))
    found = []
    for name, names in groups.items():
        some = {layer: quantized[layer] for layer in names}
        found.append(
            Harm(
                name,
                len(names),
                sum(q.codes.size for q in some.values()),
                min(q.bits for q in some.values()),
                sum(error[layer] for layer in names) / len(names),
                alone.harm(some),
            )
        )
        progress(f"{name} KL {found[-1].kl:.1e}")
    return found


def _quantize_all(
    skeleton: Skeleton, windows: np.ndarray, calibration: np.ndarray, recipe: Recipe, progress: Callable
) -> tuple[dict[str, Quantized], dict[str, float]]:
    """Codes of all layers, each calibrated in the unquantized model, and their errors on `windows`, by name."""
    layers = chosen(skeleton, recipe)
    found, errors = {}, {}

    def work(name: str, own: Hessian, seen: Hessian) -> None:
        layer, settings = skeleton.model.get_submodule(name), layers[name][0]
        H = own.matrix()
        found[name], _ = quantize_layer(name, layer, H, own.tokens, settings)
        there = seen.matrix() if seen.tokens else torch.eye(len(H), device=H.device)
        errors[name] = relative_errors(layer.weight.detach(), found[name], there, settings)[0]
        progress(name)

    with tempfile.TemporaryDirectory() as folder:
        texts = [(calibration, Path(folder, "calibration")), (windows, Path(folder, "windows"))]
        states = [_enter(skeleton, rows, path) for rows, path in texts]
        for index in range(len(skeleton.blocks)):
            skeleton.load(index)
            inputs = [
                BlockInputs(skeleton, rows, state, index, Team())
                for (rows, _), state in zip(texts, states, strict=True)
            ]
            for stage in inputs[0].stages():
                names = [
                    [full for name in group if (full := f"{inputs[0].name}.{name}") in layers]
                    for group in stage
                ]
                if any(names):
                    pairs = zip(names, *(text.hessians(stage) for text in inputs), strict=True)
                    for group, own, seen in pairs:
                        for name in group:
                            work(name, own, seen)
            for text in inputs:
                text.advance()
        if recipe.head:
            ends = [_head(skeleton, rows, state) for (rows, _), state in zip(texts, states, strict=True)]
            work(head_name(skeleton.model), *ends)
    return found, errors


def _enter(skeleton: Skeleton, windows: np.ndarray, folder: Path) -> Activations:
    """What reaches the first block, stored in a new folder."""
    folder.mkdir()
    state = Activations(folder, windows.shape[1], hidden_width(skeleton, windows))
    for rows in batches(windows):
        state.write(0, rows, skeleton.enter(token_ids(skeleton, windows, rows))[0])
    return state


def _head(skeleton: Skeleton, windows: np.ndarray, state: Activations) -> Hessian:
    """Of what the LM head reads."""
    head = skeleton.model.get_output_embeddings()
    hessian = Hessian(head.in_features, head.weight.device)
    hook = head.register_forward_pre_hook(lambda _, inputs: hessian.add(inputs[0]))
    for rows in batches(windows):
        skeleton.leave(state.read(len(skeleton.blocks), rows).to(head.weight.device))
    hook.remove()
    return hessian


def worst(harms: list[Harm]) -> list[Harm]:
    """From the most harmful on."""
    return sorted(harms, key=lambda harm: -harm.kl)


def plot(harms: list[Harm]) -> str:
    """An <svg> element: KL of each unit over its place in the model, one mark a kind, the three worst named.

    Its colors are CSS variables, as in a report. UserError when matplotlib is not installed.
    """
    kinds: dict[str, list[int]] = {}
    for place, harm in enumerate(harms):
        kinds.setdefault(kind(harm.name), []).append(place)

    def paint(axes) -> None:
        for mark, (name, places) in zip(cycle(MARKS), kinds.items(), strict=False):
            values = [harms[place].kl for place in places]
            axes.plot(places, values, mark, color=plots.STORED, fillstyle="none", markersize=5, label=name)
        for harm in worst(harms)[:3]:
            at = (harms.index(harm), harm.kl)
            right = at[0] > len(harms) / 2
            axes.annotate(harm.name, at, (-7 if right else 7, 4), textcoords="offset points", fontsize=8,
                          ha="right" if right else "left", color=plots.INK)  # fmt: skip
        axes.set_yscale("log")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.set_xlabel("place in the model")
        axes.set_ylabel("KL divergence (nats), quantized alone")
        if 1 < len(kinds) <= len(MARKS):
            axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False, fontsize=8)

    return plots.draw(7.0, 3.0, "KL divergence when one part alone is quantized", paint)
