"""Importance matrices of a model: the mean square of what each column of its matrices is multiplied by on some text.

What llama-imatrix computes in llama.cpp, here with the calibration sets of fourbit.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch

from fourbit.engine.walk.experts import fused_places
from fourbit.engine.walk.inputs import batches, token_ids
from fourbit.engine.walk.skeleton import Skeleton, linear_layers, quantizable
from fourbit.errors import UserError
from fourbit.gguf.imatrix_files import Entry, Imatrix, read
from fourbit.gguf.plan import Plan, Planned

__all__ = ["Entry", "Imatrix", "collect", "read"]


@torch.no_grad()
def collect(
    plan: Plan,
    windows: np.ndarray,
    progress: Callable[[str], None] = lambda block: None,
    dataset: str = "",
) -> Imatrix:
    """The importance matrix of a model on windows (n, length) of token ids.

    plan      `plan.read(folder)`;  dataset: name of the text
    progress  called with the name of every decoder block that is done

    One decoder block is in memory at a time, in float32. Embeddings and head have no entry, as with llama-imatrix.
    UserError when inputs are not finite.
    """
    skeleton = Skeleton(plan.folder)
    places = _places(skeleton, plan)
    totals = {tensor.name: _Totals.empty(tensor.shape) for found in places.values() for tensor, _ in found}
    rows = batches(windows)
    hidden = [skeleton.enter(token_ids(skeleton, windows, part))[0] for part in rows]
    skeleton.release()
    for index in range(len(skeleton.blocks)):
        block, name = skeleton.load(index), f"{skeleton.prefix}.{index}"
        hooks = _watch(block, name, places, totals)
        for at, part in enumerate(rows):
            arguments, keywords = skeleton.arguments(token_ids(skeleton, windows, part))[index]
            out = block(hidden[at], *arguments, **keywords)
            hidden[at] = out[0] if isinstance(out, tuple) else out
        for hook in hooks:
            hook.remove()
        skeleton.unload(index)
        progress(name)
    entries = {name: total.entry() for name, total in totals.items()}
    return Imatrix(entries, (dataset,) if dataset else (), *windows.shape)


class _Totals(NamedTuple):
    """sums (matrices, columns) float64;  counts (matrices,)."""

    sums: np.ndarray
    counts: np.ndarray

    @classmethod
    def empty(cls, shape: tuple[int, ...]) -> "_Totals":
        matrices = shape[0] if len(shape) == 3 else 1
        return cls(np.zeros((matrices, shape[-1])), np.zeros(matrices, np.int64))

    def entry(self) -> Entry:
        return Entry(self.sums.astype(np.float32), self.counts)


def _places(skeleton: Skeleton, plan: Plan) -> dict[str, list[tuple[Planned, int]]]:
    """For each linear layer by name: the tensors that are made of it, and which of their matrices it is."""
    made: dict[str, list[tuple[Planned, int]]] = {}
    for tensor in plan.tensors:
        if len(tensor.shape) > 1:
            for position, source in enumerate(tensor.sources):
                made.setdefault(source, []).append((tensor, position))
    base, fused = f"{skeleton.model.base_model_prefix}.", fused_places(skeleton.model)
    found: dict[str, list[tuple[Planned, int]]] = {}
    taken = set()  # where files keep gate and up in one tensor, both layers read what is counted once
    for layer in quantizable(skeleton):
        name = f"{layer}.weight"
        stored, index = fused.get(name, (name, ()))  # an expert's, where files keep all of them in one tensor
        for candidate, matrix in ((name, None), (stored, index[0] if index else None)):
            for spelled in (
                candidate,
                candidate.removeprefix(base),
            ):  # files of a bare base model lack its prefix
                for tensor, position in made.get(spelled, ()):
                    place = (tensor.name, position if matrix is None else matrix)
                    if place not in taken:
                        taken.add(place)
                        found.setdefault(layer, []).append((tensor, place[1]))
    return found


def _watch(block: torch.nn.Module, prefix: str, places: dict[str, list], totals: dict[str, _Totals]) -> list:
    """Hooks on the linear layers of a block, which add up the squares of what they read."""

    def add(name: str, x: torch.Tensor) -> None:
        x = x.reshape(-1, x.shape[-1]).float()
        squares = x.square().sum(0, dtype=torch.float64).cpu().numpy()
        if not np.isfinite(squares).all():
            raise UserError(
                f"{name}: some of its inputs are not finite on the calibration text; a layer before it overflows: "
                "look for damaged weights or norms in the source model"
            )
        for tensor, matrix in places[name]:
            totals[tensor.name].sums[matrix] += squares
            totals[tensor.name].counts[matrix] += len(x)

    return [
        layer.register_forward_pre_hook(lambda _, arguments, name=name: add(name, arguments[0]))
        for short, layer in linear_layers(block).items()
        if (name := f"{prefix}.{short}") in places
    ]
