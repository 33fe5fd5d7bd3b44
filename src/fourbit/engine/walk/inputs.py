"""What reaches one decoder block: its calls, which of its layers read the same tensor, their Hessians."""

import re
from collections.abc import Iterator
from functools import partial

import numpy as np
import torch

from fourbit.engine.hessian import Hessian
from fourbit.engine.walk.activations import Activations
from fourbit.engine.walk.ranks import Team
from fourbit.engine.walk.skeleton import Skeleton, linear_layers
from fourbit.errors import UserError

BATCH_TOKENS = 2048  # in one forward pass: products are fast, and activations small beside a block
HESSIAN_BYTES = 2**30  # in memory at once, unless a single one is larger


class _Reached(Exception):
    """Raised by a hook to leave a forward pass once everything needed has been seen."""


class BlockInputs:
    """The calls of one decoder block, batch by batch; iterating gives (arguments, keywords) of all of them.

    Hidden states come from `activations`, all else that a block is called with (masks, positions) from `skeleton`.
    """

    def __init__(
        self, skeleton: Skeleton, windows: np.ndarray, activations: Activations, index: int, team: Team
    ):
        self._skeleton, self._windows, self._activations = skeleton, windows, activations
        self._index, self._team = index, team
        self.block = skeleton.blocks[index]
        self._device = device_of(skeleton)
        self.name = f"{skeleton.prefix}.{index}"
        self.batches = batches(windows)

    def __iter__(self) -> Iterator[tuple[tuple, dict]]:
        return map(self.call, self.batches)

    def call(self, rows: range) -> tuple[tuple, dict]:
        """Arguments and keywords with which the block is called on some windows."""
        arguments, keywords = self._skeleton.arguments(token_ids(self._skeleton, self._windows, rows))[
            self._index
        ]
        return (self._activations.read(self._index, rows).to(self._device), *arguments), keywords

    def stored_dtype(self, name: str) -> torch.dtype:
        """In what the parameter `name` of this block is stored: float32 when the model is only in memory."""
        tensors = self._skeleton.tensors
        return tensors.meta(f"{self.name}.{name}")[0] if tensors else torch.float32

    def groups(self) -> list[list[str]]:
        """The block's linear layers in the order of use, those that read the same tensor together.

        Tried window by window until every layer has been seen: few tokens reach some experts. Layers that no
        token reaches come last, each alone.
        """
        unseen = linear_layers(self.block)
        found: list[list[str]] = []
        for row in range(len(self._windows)):
            if not unseen:
                break
            for group in self._together(unseen, row):
                found.append(group)
                for name in group:
                    del unseen[name]
        return found + [[name] for name in unseen]

    def _together(self, layers: dict[str, torch.nn.Linear], row: int) -> list[list[str]]:
        """Those of `layers` that one window reaches, in the order of use, by the tensor that they read."""
        read: dict[str, torch.Tensor] = {}  # keeps the tensors alive, so that no two share an id

        def note(name, _, arguments):
            if arguments[0].numel():
                read.setdefault(name, arguments[0])

        hooks = [layer.register_forward_pre_hook(partial(note, name)) for name, layer in layers.items()]
        self._run(self.call(range(row, row + 1)), hooks)
        same: dict[int, list[str]] = {}
        for name, x in read.items():
            same.setdefault(id(x), []).append(name)
        return list(same.values())

    def stages(self) -> list[list[list[str]]]:
        """`groups`, those of like experts side by side: no expert's output is another one's input."""
        stages: dict[str, list[list[str]]] = {}
        for group in self.groups():
            stages.setdefault(re.sub(r"\.\d+\.", ".*.", group[0]), []).append(group)
        return [part for stage in stages.values() for part in self._affordable(stage)]

    def _affordable(self, stage: list[list[str]]) -> Iterator[list[list[str]]]:
        part, size = [], 0
        for group in stage:
            needed = 8 * linear_layers(self.block)[group[0]].in_features ** 2
            if part and size + needed > HESSIAN_BYTES:
                yield part
                part, size = [], 0
            part.append(group)
            size += needed
        yield part

    def hessians(self, stage: list[list[str]]) -> list[Hessian]:
        """The Hessian of each group's input over all calibration tokens."""
        layers = linear_layers(self.block)
        found = [Hessian(layers[group[0]].in_features, self._device) for group in stage]
        last = found[0] if len(stage) == 1 else None

        def add(name, hessian, rows, _, arguments):
            add_inputs(f"{self.name}.{name}", hessian, arguments[0], rows)
            if hessian is last:
                raise _Reached

        with self._team.together():
            for rows in self._team.share(self.batches):
                hooks = [
                    layers[group[0]].register_forward_pre_hook(partial(add, group[0], hessian, rows))
                    for group, hessian in zip(stage, found, strict=True)
                ]
                self._run(self.call(rows), hooks)
        for hessian in found:
            self._team.sum(hessian)
        return found

    def _run(self, call: tuple[tuple, dict], hooks: list) -> None:
        try:
            self.block(*call[0], **call[1])
        except _Reached:
            pass
        finally:
            for hook in hooks:
                hook.remove()

    def advance(self) -> None:
        """Pass this rank's batches through the block: its outputs are the next block's inputs."""
        for rows in self._team.share(self.batches):
            arguments, keywords = self.call(rows)
            out = self.block(*arguments, **keywords)
            self._activations.write(self._index + 1, rows, out[0] if isinstance(out, tuple) else out)


def batches(windows: np.ndarray) -> list[range]:
    """Consecutive rows of `windows` (n, length) that go through the model together."""
    step = max(1, BATCH_TOKENS // windows.shape[1])
    return [range(start, min(start + step, len(windows))) for start in range(0, len(windows), step)]


def device_of(skeleton: Skeleton) -> torch.device:
    """Where the walk computes: where a model in memory is; the CPU when blocks are read from disk."""
    device = next(skeleton.blocks.parameters()).device
    return torch.device("cpu") if device.type == "meta" else device


def token_ids(skeleton: Skeleton, windows: np.ndarray, rows: range) -> torch.Tensor:
    """Some of the windows, (len(rows), length), for `skeleton`."""
    return torch.from_numpy(windows[rows.start : rows.stop]).to(device_of(skeleton))


def add_inputs(name: str, hessian: Hessian, x: torch.Tensor, rows: range) -> None:
    """Add inputs of the layer `name` to its Hessian; UserError when some are not finite."""
    bad = x.numel() - int(torch.isfinite(x).sum())
    if bad:
        nan = int(torch.isnan(x).sum())
        raise UserError(
            f"{name}: {bad:,} of {x.numel():,} inputs are not finite ({nan:,} NaN, {bad - nan:,} infinite) on "
            f"calibration windows {rows.start} to {rows.stop - 1}; a layer before it overflows: look for damaged "
            "weights or norms in the source model, or leave these windows out"
        )
    hessian.add(x)
