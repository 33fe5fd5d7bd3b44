"""Quantize a model block by block, each layer on the activations of the quantized layers before it."""

import tempfile
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import numpy as np
import torch

from fourbit.engine import scratch
from fourbit.engine.awq import scale_block
from fourbit.engine.checkpoint.gptq import packable
from fourbit.engine.hessian import Hessian
from fourbit.engine.recipe import LayerReport, Recipe
from fourbit.engine.walk.activations import Activations
from fourbit.engine.walk.inputs import BlockInputs, add_inputs, batches, device_of, token_ids
from fourbit.engine.walk.layer import quantize_layer, replace_weight, scaling_note
from fourbit.engine.walk.ranks import Team
from fourbit.engine.walk.skeleton import Skeleton, linear_layers, quantizable
from fourbit.errors import UserError
from fourbit.grid import Quantized

GROUP_SIZES = (16, 32, 64, 96, 128, 192, 256, 512, 1024)  # offered when the one asked for does not fit


@dataclass
class Step:
    """A finished block, or the LM head: its quantized layers by full name, and what happened to each.

    changed  parameters that are stored as they are, but no longer as the source has them (AWQ folded into them)
    """

    layers: dict[str, Quantized] = field(default_factory=dict)
    reports: list[LayerReport] = field(default_factory=list)
    changed: dict[str, torch.Tensor] = field(default_factory=dict)


def head_name(model: torch.nn.Module) -> str:
    """The name of the LM head's linear layer; UserError when there is none."""
    head = model.get_output_embeddings()
    if not isinstance(head, torch.nn.Linear):
        raise UserError(
            f"--head: {type(model).__name__} has no LM head that is a linear layer; leave --head out"
        )
    return next(name for name, module in model.named_modules() if module is head)


def chosen(skeleton: Skeleton, recipe: Recipe) -> dict[str, tuple[Recipe, tuple[int, int]]]:
    """Every layer that will be quantized, by full name: its recipe and its shape (d_out, d_in).

    UserError when one cannot be quantized or stored as asked, or when there is nothing to do.
    """
    layers = quantizable(skeleton)
    if recipe.head:
        name = head_name(skeleton.model)
        if recipe.for_layer(name) is None:
            raise UserError(f"--head: a rule leaves {name} as it is; give one or the other")
        layers = layers | {name: skeleton.model.get_submodule(name)}
    found = {
        name: (own, (layer.out_features, layer.in_features))
        for name, layer in layers.items()
        if (own := recipe.for_layer(name))
    }
    if not found:
        raise UserError("--rule: the rules leave no layer to quantize; drop one")
    widths = {shape[1] for _, shape in found.values()}
    for name, (own, (d_out, d_in)) in found.items():
        size = own.group_size
        if size != -1 and (size < 1 or d_in % size):
            fitting = [str(s) for s in GROUP_SIZES if all(width % s == 0 for width in widths)]
            raise UserError(
                f"--group-size {size} does not divide the width {d_in} of {name}; sizes that divide every layer of "
                f"this model: {', '.join(fitting) or 'only -1'} (-1: one group a row)"
            )
        if not packable((d_out, d_in), own.bits):
            raise UserError(
                f"{name}: {d_out} x {d_in} codes of {own.bits} bits do not fill 32-bit words; "
                f"--rule '{name.rpartition('.')[2]}=skip' keeps such layers as they are"
            )
    return found


@torch.no_grad()
def hidden_width(skeleton: Skeleton, windows: np.ndarray) -> int:
    """The width of the hidden states between blocks."""
    return skeleton.enter(token_ids(skeleton, windows, range(1)))[0].shape[-1]


@torch.no_grad()
def walk(
    skeleton: Skeleton,
    windows: np.ndarray,
    activations: Activations,
    recipe: Recipe,
    first: int = 0,
    team: Team | None = None,
    progress: Callable[[LayerReport], None] = lambda report: None,
) -> Iterator[Step]:
    """Quantize the decoder blocks from `first` on, then the LM head if asked; yields each when it is done.

    windows      (n, length) token ids; with method "rtn" they only measure the error
    activations  holds what reaches block `first`, if that is not 0
    When a step is yielded, the activations for the next one are written.
    """
    team = team or Team()
    if first == 0:
        for rows in team.share(batches(windows)):
            hidden, _ = skeleton.enter(token_ids(skeleton, windows, rows))
            activations.write(0, rows, hidden)
        team.wait()
    names, last = quantizable(skeleton), len(skeleton.blocks) - 1
    for index in range(first, last + 1):
        skeleton.load(index)
        inputs = BlockInputs(skeleton, windows, activations, index, team)
        step = _block(inputs, names, recipe, team, progress)
        if index < last or recipe.head:
            inputs.advance()
        team.wait()
        scratch.release()
        yield step
        skeleton.unload(index)
        skeleton.release()
    if recipe.head and first <= last + 1:
        yield _head(skeleton, windows, activations, recipe, team, progress)


def _block(
    inputs: BlockInputs, names: Container[str], recipe: Recipe, team: Team, progress: Callable
) -> Step:
    layers = linear_layers(inputs.block)
    recipes = {
        name: recipe.for_layer(full) if (full := f"{inputs.name}.{name}") in names else None
        for name in layers
    }
    step, scaled = Step(), {}
    if recipe.method.startswith("awq"):
        step.changed, scaled = _scale(inputs, recipes)
    for stage in inputs.stages():
        stage = [group for group in stage if any(recipes[name] for name in group)]
        if not stage:
            continue
        work = [
            (name, hessian)
            for group, hessian in zip(stage, inputs.hessians(stage), strict=True)
            for name in group
            if recipes[name]
        ]
        mine = {}
        with team.together():
            for hessian, group in groupby(team.share(work), itemgetter(1)):
                H = hessian.matrix()
                del hessian.sums  # as large as H, and of no more use
                for name, _ in group:
                    full = f"{inputs.name}.{name}"
                    mine[name] = quantize_layer(full, layers[name], H, hessian.tokens, recipes[name])
        done = team.exchange(mine)
        for name, _ in work:
            q, report = done[name]
            if name in scaled:
                report = replace(report, notes=(scaled[name], *report.notes))
            replace_weight(layers[name], q)
            step.layers[report.name] = q
            step.reports.append(report)
            progress(report)
    return step


def _scale(
    inputs: BlockInputs, recipes: dict[str, Recipe | None]
) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """Fold AWQ's scales into the block.

    Returns the parameters that changed but are not quantized, by full name, and a note for each layer.
    """
    plain = {
        name: parameter
        for name, parameter in inputs.block.named_parameters()
        if not (name.endswith(".weight") and recipes.get(name.removesuffix(".weight")))
    }
    before = {name: parameter.clone() for name, parameter in plain.items()}
    notes = {
        name: scaling_note(fold)
        for fold in scale_block(inputs.block, inputs.groups(), inputs, recipes.get)
        for name in fold.layers
    }
    changed = {}
    for name, parameter in plain.items():
        if not torch.equal(parameter, before[name]):
            stored = parameter.to(inputs.stored_dtype(name))
            parameter.copy_(stored)  # what follows must see what is stored
            changed[f"{inputs.name}.{name}"] = stored.cpu()
    return changed, notes


def _head(
    skeleton: Skeleton,
    windows: np.ndarray,
    activations: Activations,
    recipe: Recipe,
    team: Team,
    progress: Callable,
) -> Step:
    model = skeleton.model
    name = head_name(model)
    head = model.get_submodule(name)
    device = device_of(skeleton)
    hessian = Hessian(head.in_features, device)
    hook = head.register_forward_pre_hook(lambda _, arguments: add_inputs(name, hessian, arguments[0], rows))
    with team.together():
        for rows in team.share(batches(windows)):
            skeleton.leave(activations.read(len(skeleton.blocks), rows).to(device))
    hook.remove()
    team.sum(hessian)
    if head.weight is model.get_input_embeddings().weight:  # tied: the embedding stays as it is
        head.weight = torch.nn.Parameter(head.weight.clone(), requires_grad=False)
        model.config.tie_word_embeddings = False
    q, report = quantize_layer(name, head, hessian.matrix(), hessian.tokens, recipe.for_layer(name))
    replace_weight(head, q)
    progress(report)
    return Step({name: q}, [report])


def quantize_model(
    model: torch.nn.Module,
    windows: np.ndarray,
    recipe: Recipe,
    progress: Callable[[LayerReport], None] = lambda report: None,
) -> tuple[dict[str, Quantized], list[LayerReport]]:
    """Quantize the linear layers of the decoder blocks in place; embeddings, norms and (mostly) the LM head stay.

    windows  (n, length) token ids; with method "rtn" they only measure the error
    Returns the quantized layers by module name and one report a layer, in the order of work. The model ends in
    float32, because 16 bits do not hold the dequantized weights exactly. UserError when the recipe does not fit.
    """
    skeleton = Skeleton.of(model.float())
    chosen(skeleton, recipe)
    layers, reports = {}, []
    with tempfile.TemporaryDirectory() as folder:
        activations = Activations(Path(folder), windows.shape[1], hidden_width(skeleton, windows))
        for step in walk(skeleton, windows, activations, recipe, progress=progress):
            layers |= step.layers
            reports += step.reports
    return layers, reports
