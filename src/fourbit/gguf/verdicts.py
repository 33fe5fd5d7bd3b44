"""What becomes of each tensor of a checkpoint in a GGUF file, and how to say so."""

import math
import re
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from fourbit.errors import UserError
from fourbit.gguf.types import TYPES


@dataclass(frozen=True)
class Row:
    """One tensor of the file.

    origin      how the checkpoint has it, as in "4-bit symmetric, groups of 64" or "float16"
    type        in the file; None when refused
    verdict     "exact", "exact, wider" (a container with more bits than the codes have), "inexact", "refused", or
                "kept" (not quantized in the checkpoint, and the same here to the last bit)
    difference  of an inexact tensor, the largest between any weight and the checkpoint's
    note        why it is refused or inexact, or what was done
    modules     the layers of the checkpoint that it is made of; when refused, those to blame
    quantized   whether the checkpoint has codes for it
    """

    name: str
    shape: tuple[int, ...]
    origin: str
    type: str | None
    verdict: str
    difference: float = 0.0
    note: str = ""
    modules: tuple[str, ...] = ()
    quantized: bool = False

    @property
    def weights(self) -> int:
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """In the file; 0 when refused."""
        return 0 if self.type is None else self.weights // TYPES[self.type].block * TYPES[self.type].size


@dataclass(frozen=True)
class Report:
    """rows in the order of the file;  verified: weights compared with the file, 0 when it was not read back."""

    arch: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    verified: int = 0

    def count(self) -> dict[str, int]:
        """Tensors by verdict."""
        return dict(Counter(row.verdict for row in self.rows))

    @property
    def refused(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.verdict == "refused")

    @property
    def file_type(self) -> str:
        """The type of most quantized weights: what a file is named after."""
        shares = Counter()
        for row in self.rows:
            shares[row.type] += row.weights * row.quantized
        return shares.most_common(1)[0][0]

    def as_dict(self) -> dict:
        """For JSON."""
        rows = [asdict(row) | {"weights": row.weights, "bytes": row.nbytes} for row in self.rows]
        return {
            "arch": self.arch,
            "count": self.count(),
            "verified": self.verified,
            "notes": self.notes,
            "rows": rows,
        }


class Refused(UserError):
    """Some layers cannot be held exactly; nothing was written. report: of all tensors"""

    def __init__(self, folder: Path, report: Report):
        self.report = report
        by_reason: dict[str, list[str]] = {}
        for row in report.refused:
            by_reason.setdefault(row.note, []).extend(row.modules)
        reasons = "; ".join(f"{brief(modules)}: {reason}" for reason, modules in by_reason.items())
        super().__init__(
            f"{folder}: {len(report.refused)} of {len(report.rows)} tensors cannot be held exactly. {reasons}. "
            "Ways out: quantize again, symmetric and with static groups of a multiple of 32 "
            "(fourbit does; in GPTQModel desc_act=False or act_group_aware=True), or take a rounding of these "
            "tensors with --inexact q8_0 (8.5 bits a weight) or --inexact f16 (16, nearly exact)"
        )


def brief(modules: list[str]) -> str:
    """Layers by name, those that differ in one number together: model.layers.{0-3,7}.mlp.up_proj."""
    modules = _together(_together(modules))  # by expert, then by layer
    return ", ".join(re.sub(r"\{(\d+)\}", r"\1", module) for module in modules)


def _together(names: list[str]) -> list[str]:
    """Names that differ in their last number become one, with that number in braces."""
    same: dict[tuple[str, str], set[int]] = {}
    for name in names:
        found = re.fullmatch(r"(.*\.)(\d+)((?:\..*)?)", name)
        before, after = (found[1], found[3]) if found else (name, "")
        same.setdefault((before, after), set()).update([int(found[2])] if found else [])
    return [
        f"{before}{{{_ranges(sorted(numbers))}}}{after}" if numbers else before
        for (before, after), numbers in same.items()
    ]


def _ranges(numbers: list[int]) -> str:
    """As in 0-3,7."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in runs)
