"""A part of the answer: how many bytes, why, and where that is written down."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

MIB, GIB = 1 << 20, 1 << 30
LLAMA = "llama.cpp 0c1e57098, "  # October 2026; every reference to its source is to this commit
UNITS = (("TiB", 1 << 40), ("GiB", GIB), ("MiB", MIB), ("KiB", 1 << 10))


@dataclass(frozen=True)
class Line:
    """Bytes of one part: `bytes` expected, `low` and `high` when it is not exact.

    part       weights, cache, state, compute, output, runtime, work
    formula    how the number comes about, with the model's numbers in it
    reference  the file, paper or measurement that the formula is from
    reason     why it is a range, where it is one
    where      "gpu" or "ram"
    """

    part: str
    name: str
    bytes: int
    formula: str
    reference: str
    low: int = -1
    high: int = -1
    reason: str = ""
    where: str = "gpu"

    def __post_init__(self):
        if self.low < 0:
            object.__setattr__(self, "low", self.bytes)
        if self.high < 0:
            object.__setattr__(self, "high", self.bytes)

    @property
    def exact(self) -> bool:
        """Whether it is one number, not a range."""
        return self.low == self.high

    def at(self, where: str) -> "Line":
        """The same in another memory."""
        return replace(self, where=where)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {key: getattr(self, key) for key in self.__dataclass_fields__}


def total(lines: Iterable[Line], key: str = "bytes", where: str | None = None) -> int:
    """Sum of `bytes`, `low` or `high`, in one memory or both."""
    return sum(getattr(line, key) for line in lines if where in (None, line.where))


def size(count: float) -> str:
    """Bytes for reading: 4.58 GiB, 136 MiB."""
    for unit, step in UNITS:
        if abs(count) >= step:
            amount = count / step
            return (
                f"{amount:.2f} {unit}"
                if amount < 9.995
                else f"{amount:.1f} {unit}"
                if amount < 99.95
                else f"{amount:.0f} {unit}"
            )
    return f"{count:.0f} B"
