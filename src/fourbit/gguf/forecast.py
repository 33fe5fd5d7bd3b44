"""What making a GGUF file will take, before the work starts: its size to the byte, memory, and time.

Memory and time are estimates; the time follows the rates of this machine, which are measured on the spot.
"""

import math
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from gguf import GGUFValueType
from gguf.gguf_writer import GGUFValue

from fourbit.gguf import quantize
from fourbit.gguf.types import Type

ALIGNMENT = 32
SAMPLE = 128, 1024  # rows and columns that are encoded to time a type
SOLVED = 256, 512  # columns of the layers on which error feedback is timed
SLOW = 0.3  # seconds; what takes less on a part of the sample is timed on all of it
COPIES = 2  # of the largest tensor in float32: as read, and as put together

WIDTHS = {
    **dict.fromkeys((GGUFValueType.UINT8, GGUFValueType.INT8, GGUFValueType.BOOL), 1),
    **dict.fromkeys((GGUFValueType.UINT16, GGUFValueType.INT16), 2),
    **dict.fromkeys((GGUFValueType.UINT32, GGUFValueType.INT32, GGUFValueType.FLOAT32), 4),
    **dict.fromkeys((GGUFValueType.UINT64, GGUFValueType.INT64, GGUFValueType.FLOAT64), 8),
}
Tensors = Sequence[tuple[str, tuple[int, ...], Type]]


@dataclass(frozen=True)
class Forecast:
    """bytes of the file, of memory by part; seconds by part;  basis: how the time was found, for people."""

    bytes: int
    memory: dict[str, int]
    time: dict[str, float]
    basis: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        return sum(self.time.values())

    def as_dict(self) -> dict:
        """For JSON."""
        total = {"bytes_memory": sum(self.memory.values()), "seconds": self.seconds}
        return {key: value for key, value in asdict(self).items() if key != "basis"} | total


def file_size(metadata: Mapping[str, GGUFValue], tensors: Tensors) -> int:
    """Bytes of the file with these keys and tensors, the architecture being among the keys."""
    header = 4 + 4 + 8 + 8  # magic, version, two counts
    header += sum(8 + len(key.encode()) + 4 + _value_size(value) for key, value in metadata.items())
    header += sum(8 + len(name.encode()) + 4 + 8 * len(shape) + 4 + 8 for name, shape, _ in tensors)
    return _padded(header) + sum(
        _padded(math.prod(shape[:-1]) * kind.row_bytes(shape[-1])) for _, shape, kind in tensors
    )


def _padded(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT


def _value_size(value: GGUFValue) -> int:
    if value.type == GGUFValueType.ARRAY:
        items = value.value
        if isinstance(items, bytes):
            return 12 + len(items)
        kind = value.sub_type or GGUFValueType.get_type(items[0])
        return 12 + sum(_value_size(GGUFValue(item, kind)) for item in items)
    if value.type == GGUFValueType.STRING:
        text = value.value
        return 8 + len(text if isinstance(text, bytes) else text.encode())
    return WIDTHS[value.type]


def memory(tensors: Tensors) -> dict[str, int]:
    """Bytes that are in memory together when the largest tensor is encoded."""
    largest = max(tensors, key=lambda tensor: math.prod(tensor[1]))
    encoded = math.prod(largest[1][:-1]) * largest[2].row_bytes(largest[1][-1])
    return {
        "Python, PyTorch and this model's names": resident(),
        f"{largest[0]}, {COPIES} x float32": COPIES * 4 * math.prod(largest[1]),
        "and its blocks": encoded,
    }


def resident() -> int:
    """Bytes of this process now; where that cannot be read, the most it ever had."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    except OSError:
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def encoding(tensors: Tensors) -> tuple[float, tuple[str, ...]]:
    """Seconds that encoding takes here, from a short timing of every type that is used; and how they come about."""
    weights: dict[Type, int] = defaultdict(int)
    for _, shape, kind in tensors:
        weights[kind] += math.prod(shape)
    rates = {kind: _rate(kind) for kind in weights}
    slowest = sorted(weights, key=lambda kind: weights[kind] * rates[kind], reverse=True)[:3]
    said = ", ".join(f"{kind.name} {1e-6 / rates[kind]:,.0f}" for kind in slowest)
    return sum(weights[kind] * rates[kind] for kind in weights), (
        f"million weights a second, just timed here: {said}",
        "not counted: reading the model, writing the file, other programs on this machine",
    )


def _rate(kind: Type) -> float:
    """Seconds for a weight."""
    values = np.random.default_rng(0).standard_normal(SAMPLE, np.float32)
    importance = np.ones(SAMPLE[1], np.float32) if kind.name in quantize.WEIGHTED else None
    part, seconds = values[:1], 0.0
    quantize.encode(part, kind, importance)  # makes the tables that some types need
    for part in (values[: SAMPLE[0] // 2], values):
        start = time.perf_counter()
        quantize.encode(part, kind, importance)
        seconds = time.perf_counter() - start
        if seconds > SLOW:
            break
    return seconds / part.size


def forward(weights: float, tokens: int) -> float:
    """Seconds for so many tokens through layers with so many weights, from a short timing of a matrix product."""
    import torch

    x, y = torch.randn(1024, 1024), torch.randn(1024, 1024)
    x @ y
    times = []
    for _ in range(3):
        start = time.perf_counter()
        x @ y
        times.append(time.perf_counter() - start)
    return 2 * weights * tokens / (2 * 1024**3) * sorted(times)[1]


def solving(layers: Iterable[tuple[int, int]], kind: Type) -> float:
    """Seconds of error feedback onto `kind` for layers (d_out, d_in), from two small ones timed now."""
    import torch

    from fourbit.engine.hessian import Hessian
    from fourbit.gguf.onto_grid import solve

    torch.manual_seed(0)
    rates = []
    for d_in in SOLVED:
        hessian = Hessian(d_in)
        hessian.add(torch.randn(2 * d_in, d_in))
        W, H = torch.randn(128, d_in), hessian.matrix()
        solve(W, H, kind)  # the first loads what it needs
        start = time.perf_counter()
        solve(W, H, kind)
        rates.append((time.perf_counter() - start) / W.numel())
    slope = max(0.0, (rates[1] - rates[0]) / (SOLVED[1] - SOLVED[0]))
    return sum(d_out * d_in * (rates[0] + slope * (d_in - SOLVED[0])) for d_out, d_in in layers)


def matrices(tensors: Iterable[tuple[str, tuple[int, ...], Type]]) -> int:
    """Weights in the matrices of the blocks: what a token is multiplied with."""
    return sum(math.prod(shape) for name, shape, _ in tensors if name.startswith("blk.") and len(shape) > 1)
