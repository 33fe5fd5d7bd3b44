"""The parameters of a model on the meta device, found in a checkpoint's files and put in place on demand."""

import ctypes
import sys
from collections import defaultdict
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

import torch
from torch import nn

from fourbit.engine.checkpoint.weights import Weights
from fourbit.engine.walk.experts import fused_places
from fourbit.engine.walk.names import FileNames
from fourbit.errors import UserError


class Tensors:
    """What is stored of a model, by the model's names; parameters and buffers that state_dict lists.

    names  one for each stored tensor: parameters tied to each other have one between them
    """

    def __init__(self, model: nn.Module, folder: Path, file_names: FileNames):
        """Reads no tensor. UserError when one that the model needs is missing or has another shape."""
        self._model, self._weights = model, Weights(folder)
        state = model.state_dict(keep_vars=True)
        in_files, fused = set(self._weights.names), fused_places(model)
        sources = {name: file_names.locate(name, in_files, fused.get(name)) for name in state}
        self._sources = {name: source for name, source in sources.items() if source}
        self.names = list(self._sources)
        tied = {id(state[name]): name for name in self.names}
        self._stored_as: dict[str, str] = {}  # for every name in the model, one of `names`
        self._uses: dict[str, list[str]] = defaultdict(list)  # and back
        for name, tensor in state.items():
            stored = name if name in self._sources else tied.get(id(tensor))
            if stored is None:
                raise UserError(
                    f"{folder}: has no tensor for {name}, which the model of its config.json needs; download both again"
                )
            if (shape := self.meta(stored)[1]) != tuple(tensor.shape):
                raise UserError(
                    f"{folder}: {name} has shape {shape}; by config.json it is {tuple(tensor.shape)}; "
                    "download both again"
                )
            self._stored_as[name] = stored
            self._uses[stored].append(name)

    def meta(self, name: str) -> tuple[torch.dtype, tuple[int, ...]]:
        """Stored dtype and shape of one of `names`."""
        source, index = self._sources[name]
        dtype, shape = self._weights.meta(source)
        return dtype, tuple(torch.empty(shape, device="meta")[index].shape)

    def get(self, name: str, raw: bool = False) -> torch.Tensor:
        """One of `names` read from disk: float32, or with `raw` in the stored dtype."""
        source, index = self._sources[name]
        return self._weights.get(source, raw=raw)[index]

    def of(self, path: str) -> list[str]:
        """All names in the model below a module, for `fill` and `drop`."""
        return [name for name in self._stored_as if name.startswith(f"{path}.")]

    def outside(self, path: str) -> list[str]:
        """All names in the model that are not below a module."""
        return [name for name in self._stored_as if not name.startswith(f"{path}.")]

    def fill(self, names: Iterable[str]) -> None:
        """Read parameters and buffers of the model, float32; each tensor of a file once."""
        stored = sorted({self._stored_as[name] for name in names}, key=lambda name: self._sources[name][0])
        for source, parts in groupby(stored, key=lambda name: self._sources[name][0]):
            tensor = self._weights.get(source)
            for name in parts:
                self._put(name, tensor[self._sources[name][1]])

    def drop(self, names: Iterable[str]) -> None:
        """Put parameters and buffers back on the meta device, changed or not."""
        for stored in {self._stored_as[name] for name in names}:
            self._put(stored, torch.empty(self.meta(stored)[1], device="meta"))
        _trim()

    def _put(self, stored: str, tensor: torch.Tensor) -> None:
        """Set one tensor wherever the model has it; tied parameters stay one."""
        value = None
        for name in self._uses[stored]:
            path, _, leaf = name.rpartition(".")
            module = self._model.get_submodule(path)
            if value is None:
                old = getattr(module, leaf)
                value = tensor.to(old.dtype)
                if isinstance(old, nn.Parameter):
                    value = nn.Parameter(value, requires_grad=False)
            setattr(module, leaf, value)


# glibc keeps freed pieces below 32 MB, and those between tensors still in use add up from block to block.
_malloc_trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None


def _trim() -> None:
    """Hand freed memory back to the system, where the C library does not do so by itself."""
    if _malloc_trim:
        _malloc_trim(0)
