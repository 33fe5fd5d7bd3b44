"""What a model file was found to hold, and sums over it: by type, by part of the model, by layer."""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from fourbit.gguf.parts import PARTS, layer_of, part_of


class Tensor(NamedTuple):
    """weights: how many it stands for (a packed tensor more than its shape says);  start: byte in its file."""

    name: str
    shape: tuple[int, ...]
    type: str
    weights: int
    nbytes: int
    file: Path
    start: int

    @property
    def part(self) -> str:
        return part_of(self.name)

    @property
    def layer(self) -> int | None:
        return layer_of(self.name)


class Sum(NamedTuple):
    """Some tensors together."""

    tensors: int
    weights: int
    nbytes: int
    types: Counter

    @property
    def bits(self) -> float:
        """Bits per weight."""
        return 8 * self.nbytes / self.weights if self.weights else 0.0


@dataclass
class Report:
    """format: as shown, such as "GGUF 3";  size: bytes of all files;  damage: in words, empty for a sound file.

    mix: how the types compare with those that llama.cpp chooses for the file type, empty when that is not known.
    """

    path: Path
    format: str
    size: int
    metadata: dict[str, object]
    tensors: list[Tensor]
    template: str | None = None
    damage: list[str] = field(default_factory=list)
    scanned: bool = False
    mix: str = ""

    @property
    def total(self) -> Sum:
        return sum_up(self.tensors)

    def by_type(self) -> dict[str, Sum]:
        """Largest first."""
        return _grouped(self.tensors, lambda tensor: tensor.type)

    def by_part(self) -> dict[str, Sum]:
        """In the order in which a model has them."""
        groups = _grouped(self.tensors, lambda tensor: tensor.part)
        return {part: groups[part] for part in PARTS if part in groups}

    def by_layer(self) -> list[tuple[list[int], Sum]]:
        """Layers that are made alike, with the sum of one of them."""
        layers = _grouped([t for t in self.tensors if t.layer is not None], lambda tensor: tensor.layer)
        alike = defaultdict(list)
        for number in sorted(layers):
            one = layers[number]
            alike[one.tensors, one.weights, one.nbytes, tuple(sorted(one.types.items()))].append(number)
        return [(numbers, layers[numbers[0]]) for numbers in alike.values()]


def sum_up(tensors: list[Tensor]) -> Sum:
    """Count, weights and bytes of tensors."""
    types = Counter(tensor.type for tensor in tensors)
    return Sum(len(tensors), sum(t.weights for t in tensors), sum(t.nbytes for t in tensors), types)


def _grouped(tensors: list[Tensor], key: Callable[[Tensor], object]) -> dict:
    groups = defaultdict(list)
    for tensor in tensors:
        groups[key(tensor)].append(tensor)
    sums = {name: sum_up(group) for name, group in groups.items()}
    return dict(sorted(sums.items(), key=lambda item: -item[1].nbytes))
