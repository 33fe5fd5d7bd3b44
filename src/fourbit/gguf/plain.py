"""The tensors of a plain model directory, in NumPy: for where PyTorch is not installed, such as the build of the site."""

import json
from pathlib import Path

import numpy as np

from fourbit.errors import UserError
from fourbit.gguf import safetensors
from fourbit.gguf.safetensors import StoredTensor


class Plain:
    """Tensors of a directory's model.safetensors by name, read one at a time, as float32.

    config  config.json;  names  of all tensors;  notes  none
    Raises UserError when a tensor is of another type than BF16, F16 and F32.
    """

    notes = ()

    def __init__(self, folder: Path):
        self.config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        self._file = folder / "model.safetensors"
        header = safetensors.read(self._file)
        self._start = header.data_start
        self._tensors = {tensor.name: tensor for tensor in header.tensors}
        self.names = list(self._tensors)

    def meta(self, name: str) -> tuple[str, tuple[int, ...]]:
        """Type, as the file names it, and shape."""
        tensor = self._tensors[name]
        return tensor.dtype, tensor.shape

    def get(self, name: str) -> np.ndarray:
        """One tensor, float32 of its shape."""
        tensor = self._tensors[name]
        with self._file.open("rb") as file:
            file.seek(self._start + tensor.offset)
            octets = file.read(tensor.nbytes)
        return _decode(octets, tensor, self._file).reshape(tensor.shape)

    def is_quantized(self, layer: str) -> bool:
        return False


def _decode(octets: bytes, tensor: StoredTensor, file: Path) -> np.ndarray:
    if tensor.dtype == "F32":
        return np.frombuffer(octets, "<f4")
    if tensor.dtype == "F16":
        return np.frombuffer(octets, "<f2").astype(np.float32)
    if tensor.dtype == "BF16":  # the upper half of a float32
        return (np.frombuffer(octets, "<u2").astype(np.uint32) << 16).view(np.float32)
    raise UserError(f"{file}: {tensor.name} is {tensor.dtype}; BF16, F16 and F32 are read here")
