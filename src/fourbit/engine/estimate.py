"""What a run will take, before it starts: from config.json, the headers of the weight files, and a short timing.

Bytes are exact. Memory and time are estimates: they follow what fourbit.engine.walk holds and computes, and the rates
of this machine as they are now.
"""

import resource
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import numpy as np
import torch

from fourbit.engine.hessian import Hessian
from fourbit.engine.recipe import Recipe
from fourbit.engine.solve import solve
from fourbit.engine.walk.inputs import BATCH_TOKENS, HESSIAN_BYTES
from fourbit.engine.walk.output import Output
from fourbit.engine.walk.skeleton import Skeleton, linear_layers, quantizable
from fourbit.engine.walk.walk import chosen

SQUARE = 40  # bytes per entry of a Hessian while a layer is solved: the sum, its copies in both precisions, the factor
DENSE = 36  # bytes per weight meanwhile: the weights in two orders, codes, errors, the rounded version
BATCH = 8  # float32 tensors as wide as the widest layer that one batch keeps alive in a block
TIMED = (256, 1024)  # widths of the layers on which solving is timed
RATIOS = 20  # scales that AWQ tries, each at the cost of one product with the Hessian


@dataclass(frozen=True)
class Plan:
    """What a run takes. Bytes of memory, disk (while it runs) and result; seconds by part; how they were found."""

    layers: int
    kept: int
    quantized_weights: int
    bits_per_weight: float
    bytes_before: int
    bytes_after: int
    bytes_disk: int
    bytes_memory: int
    memory: dict[str, int]
    seconds: float
    time: dict[str, float]
    basis: tuple[str, ...]

    def as_dict(self) -> dict:
        """For JSON."""
        return asdict(self)


def plan(source: Path, recipe: Recipe, windows: np.ndarray, gate_tokens: int = 0) -> Plan:
    """For a model directory, a recipe, calibration windows (n, length) and so many tokens of quality gate.

    No weight is read. UserError when the model cannot be quantized so.
    """
    skeleton = Skeleton(source)
    layers = chosen(skeleton, recipe)
    sizes = Output(source, source, skeleton, layers).sizes()
    width = _width(skeleton)
    work = _work(skeleton, layers, windows, recipe, gate_tokens)
    rates = _Rates.measure(recipe)
    memory = _memory(skeleton, windows)  # after the timing, which has loaded the mathematical libraries
    seconds = rates.seconds(work)
    return Plan(
        len(layers),
        len(quantizable(skeleton)) + recipe.head - len(layers),
        sizes["quantized_weights"],
        sizes["bits_per_weight"],
        sizes["bytes_before"],
        sizes["bytes_after"],
        sizes["bytes_after"] + 2 * 4 * windows.size * width,
        sum(memory.values()),
        memory,
        sum(seconds.values()),
        seconds,
        rates.basis(work),
    )


def _width(skeleton: Skeleton) -> int:
    """Of the hidden states: as wide as what most layers of a block read."""
    return skeleton.config.get_text_config().hidden_size


def _memory(skeleton: Skeleton, windows: np.ndarray) -> dict[str, int]:
    """Bytes that are in memory together, at the block where they are most."""
    blocks = [list(linear_layers(block).values()) for block in skeleton.blocks]
    widest = max(max(layer.in_features, layer.out_features) for layers in blocks for layer in layers)
    outside = sum(4 * p.numel() for p in skeleton.model.parameters()) - sum(
        4 * p.numel() for p in skeleton.blocks.parameters()
    )
    square = max(layer.in_features for layers in blocks for layer in layers) ** 2
    every = max(sum({8 * layer.in_features**2 for layer in layers}) for layers in blocks)
    return {
        "Python, PyTorch and this model's code": _resident(),
        "largest block, float32": max(
            sum(4 * p.numel() for p in block.parameters()) for block in skeleton.blocks
        ),
        "its codes and scales": max(sum(2 * layer.weight.numel() for layer in layers) for layers in blocks),
        "embeddings and norms, float32": outside,
        "Hessians and a layer being solved": SQUARE * square
        + min(max(0, every - 8 * square), HESSIAN_BYTES)
        + DENSE * max(layer.weight.numel() for layers in blocks for layer in layers),
        "activations of one batch": BATCH * 4 * max(BATCH_TOKENS, windows.shape[1]) * widest,
    }


def _resident() -> int:
    """Resident bytes of this process now; where that cannot be read, the most it ever had."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * resource.getpagesize()
    except OSError:
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


@dataclass(frozen=True)
class _Work:
    """Floating-point operations of matrix products, and the (d_out, d_in) of every layer to be solved."""

    forward: float
    hessian: float
    scales: float
    gate: float
    solved: list[tuple[int, int]]


def _work(skeleton: Skeleton, layers: dict, windows: np.ndarray, recipe: Recipe, gate_tokens: int) -> _Work:
    tokens, length = windows.size, windows.shape[1]
    forward = hessian = whole = 0.0
    for index, block in enumerate(skeleton.blocks):
        share = _share(skeleton)
        attention = 4 * _width(skeleton) * length  # a token's scores, and what they weigh
        costs, widths = [], []
        for group in _groups(block):
            costs.append(
                sum(2 * layer.weight.numel() * (share if ".experts." in name else 1) for name, layer in group)
            )
            widths.append((group[0][1].in_features, share if ".experts." in group[0][0] else 1))
        one = sum(costs) + attention
        for position, (d_in, part) in enumerate(widths):
            if any(f"{skeleton.prefix}.{index}.{name}" in layers for name, _ in _groups(block)[position]):
                hessian += tokens * part * d_in * (d_in + 512)  # blocks on and below the diagonal
            # a pass for this group's inputs stops when it has them; experts of a kind share one
            if not position or part == 1 or widths[position] != widths[position - 1]:
                forward += tokens * (sum(costs[:position]) + (attention if position else 0))
        forward += tokens * one
        whole += one
    solved = [shape for _, shape in layers.values()]
    square = sum(2 * d_out * d_in**2 for d_out, d_in in solved)
    head = 2 * _width(skeleton) * skeleton.config.get_text_config().vocab_size
    return _Work(
        forward,
        hessian + 2 * square,  # and two products that measure the error
        RATIOS * square if recipe.method.startswith("awq") else 0.0,
        2 * gate_tokens * (whole + head),
        solved if "gptq" in recipe.method else [],
    )


def _share(skeleton: Skeleton) -> float:
    """Of the experts, those that a token is sent to."""
    config = skeleton.config.get_text_config()
    every = next(
        (n for key in ("num_local_experts", "num_experts") if (n := getattr(config, key, None))), None
    )
    return getattr(config, "num_experts_per_tok", every) / every if every else 1.0


def _groups(block: torch.nn.Module) -> list[list[tuple[str, torch.nn.Linear]]]:
    """Layers that by their place read the same tensor: of one width, in one module, but for its last."""
    groups: dict[tuple, list] = {}
    layers = linear_layers(block)
    last = {name.rpartition(".")[0]: name for name in layers}
    for name, layer in layers.items():
        parent = name.rpartition(".")[0]
        own = name if last[parent] == name else ""
        groups.setdefault((parent, layer.in_features, own), []).append((name, layer))
    return list(groups.values())


@dataclass(frozen=True)
class _Rates:
    """product: float32 operations a second. solve: seconds of a layer are a * d_out * d_in + b * d_out * d_in^2."""

    product: float
    a: float
    b: float

    @classmethod
    def measure(cls, recipe: Recipe) -> "_Rates":
        """In about a second."""
        torch.manual_seed(0)
        x = torch.randn(BATCH_TOKENS, 1024)
        y = torch.randn(1024, 1024)
        product = 2 * x.numel() * 1024 / _typical(lambda: x @ y)
        small, large = (_typical(_layer(width, recipe), 3) / (width * width) for width in TIMED)
        b = max(0.0, (large - small) / (TIMED[1] - TIMED[0]))
        return cls(product, max(0.0, small - b * TIMED[0]), b)

    def seconds(self, work: _Work) -> dict[str, float]:
        solving = sum(d_out * d_in * (self.a + self.b * d_in) for d_out, d_in in work.solved)
        return {
            "forward passes": work.forward / self.product,
            "Hessians and errors": work.hessian / self.product,
            "AWQ scales": work.scales / self.product,
            "solving": solving,
            "quality gate": work.gate / self.product,
        }

    def basis(self, work: _Work) -> tuple[str, ...]:
        """How the seconds come about, for people."""
        return (
            f"matrix products run at {self.product / 1e9:,.0f} GFLOP/s here, just timed on {BATCH_TOKENS} x 1024 x 1024",
            (
                f"counted: forward passes {work.forward / 1e9:,.1f}, Hessians and errors {work.hessian / 1e9:,.1f}, "
                f"AWQ scales {work.scales / 1e9:,.1f}, quality gate {work.gate / 1e9:,.1f} GFLOP"
            ),
            f"solving was timed on one layer of {TIMED[0]} and one of {TIMED[1]} inputs with this recipe, and scaled",
            "not counted: reading the model, writing the result, other programs on this machine",
        )


def _layer(width: int, recipe: Recipe) -> Callable[[], object]:
    hessian = Hessian(width)
    hessian.add(torch.randn(2 * width, width))
    W, H = torch.randn(width, width), hessian.matrix()
    size = 64
    return lambda: solve(
        W,
        H,
        recipe.bits,
        size,
        recipe.symmetric,
        recipe.order,
        recipe.static_groups,
        recipe.damp,
        recipe.effort,
    )


def _typical(action: Callable[[], object], runs: int = 5) -> float:
    """Median seconds of some runs: what other programs leave of this machine now."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return median(times)
