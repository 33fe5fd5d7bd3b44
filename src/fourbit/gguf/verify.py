"""A GGUF file compared with the checkpoint that it was made of: every weight, as the bits of its float32 value."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import gguf
import numpy as np

from fourbit.errors import UserError
from fourbit.gguf import header
from fourbit.gguf.absorb import Sorted
from fourbit.gguf.plan import Plan, Planned

CHUNK = 2**22  # weights that are decoded at once


@dataclass(frozen=True)
class Compared:
    """One tensor. weights: how many there are;  differing: how many have other bits;  largest: difference of any"""

    weights: int
    differing: int
    largest: float


def verify(
    path: Path, plan: Plan, progress: Callable[[str], None] = lambda name: None
) -> dict[str, Compared]:
    """Compare the file with what the checkpoint stands for, tensor by tensor.

    The file is decoded by the `gguf` library, the checkpoint dequantized by `Quantized.dequantize`; neither uses the
    code that packed the blocks. Down projections whose columns were sorted, and gate and up with them, are compared
    in that order. Raises UserError when the file is damaged, or its tensors are not those of the plan.
    """
    head = header.read(path)
    found = {info.name: info for info in head.tensors}
    planned = {tensor.name: tensor for tensor in plan.tensors}
    if odd := sorted(found.keys() ^ planned.keys()):
        raise UserError(f"{path}: {odd[0]} is in the {'file' if odd[0] in found else 'checkpoint'} only")
    source, result = Sorted(plan.weights), {}
    with path.open("rb") as file:
        for name, tensor in planned.items():
            info = found[name]
            if info.shape != tensor.shape:
                raise UserError(
                    f"{path}: {name} has shape {info.shape}; by the checkpoint it is {tensor.shape}; convert it again"
                )
            file.seek(head.data_start + info.offset)
            result[name] = compare(value(tensor, source), decoded(file, info))
            progress(name)
    return result


def value(tensor: Planned, source: Sorted) -> np.ndarray:
    """What a tensor must be, float32 of its shape, from the checkpoint's own dequantization."""
    made = tensor.assemble([source.get(name) for name in tensor.sources])
    return made + np.float32(tensor.offset) if tensor.offset else made


def decoded(file, info: header.TensorInfo) -> Iterator[np.ndarray]:
    """The weights of a tensor, some rows at a time, (rows, n) float32."""
    width = info.shape[-1]
    size = info.type.row_bytes(width)
    rows, step = info.weights // width, max(1, CHUNK // width)
    for row in range(0, rows, step):
        count = min(step, rows - row)
        octets = np.frombuffer(file.read(count * size), np.uint8).reshape(count, size)
        yield gguf.quants.dequantize(octets, gguf.GGMLQuantizationType(info.type.id)).reshape(count, width)


def compare(expected: np.ndarray, parts: Iterator[np.ndarray]) -> Compared:
    """expected: of any shape;  parts: its rows in order, some at a time. Only equal bits are equal: 0.0 is not -0.0."""
    rows, row, differing, largest = expected.reshape(-1, expected.shape[-1]), 0, 0, 0.0
    for part in parts:
        wanted = np.ascontiguousarray(rows[row : row + len(part)], np.float32)
        row += len(part)
        other = wanted.view(np.uint32) != np.ascontiguousarray(part, np.float32).view(np.uint32)
        if count := int(other.sum()):
            differing += count
            largest = max(largest, float(np.abs(wanted[other].astype(np.float64) - part[other]).max()))
    return Compared(rows.size, differing, largest)
