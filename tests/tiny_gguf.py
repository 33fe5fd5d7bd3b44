"""The tiny model as a GGUF file."""

from pathlib import Path

import numpy as np
from gguf import GGMLQuantizationType

from fourbit import tiny
from fourbit.gguf import metadata, plan, quantize
from fourbit.gguf import write as file
from fourbit.gguf.types import TYPES


def write(path: Path, kind: GGMLQuantizationType = GGMLQuantizationType.F32, swapped: bool = False) -> Path:
    """kind: how the matrices of the blocks are stored;  swapped: two tokens have each other's ids."""
    planned = plan.read(tiny.MODEL)
    keys = metadata.read(planned, 0)
    if swapped:
        tokens = keys["tokenizer.ggml.tokens"].value
        tokens[-1], tokens[-2] = tokens[-2], tokens[-1]

    def type_of(tensor: plan.Planned):
        return TYPES[kind.name if tensor.name.startswith("blk.") and len(tensor.shape) > 1 else "F32"]

    def produce(index: int) -> np.ndarray:
        tensor = planned.tensors[index]
        return quantize.encode(tensor.value(), type_of(tensor))

    tensors = [(tensor.name, tensor.shape, type_of(tensor)) for tensor in planned.tensors]
    file.write(path, planned.arch, keys, tensors, produce)
    return path
