"""What to do to which layer: method, bits and grid, with rules by name."""

import re
from dataclasses import asdict, dataclass, replace
from fnmatch import fnmatchcase

from fourbit.errors import UserError
from fourbit.grid import BITS

METHODS = ("gptq", "rtn", "awq", "awq+gptq")
ORDERS = ("none", "activation")
EFFORTS = ("fast", "default", "best")
FORMATS = ("gptq", "gptq_v2")


@dataclass(frozen=True)
class Rule:
    """A pattern over module names, and what the layers that match get: other bits, or (None) no quantization.

    The pattern is a shell pattern; it matches the whole name, or its end after a dot.
    """

    pattern: str
    bits: int | None

    def matches(self, name: str) -> bool:
        return fnmatchcase(name, self.pattern) or fnmatchcase(name, f"*.{self.pattern}")

    @classmethod
    def parse(cls, text: str) -> "Rule":
        """From 'layers.0.*=8' or 'down_proj=skip'; UserError when it is neither."""
        pattern, _, value = text.rpartition("=")
        if not pattern or not (value == "skip" or re.fullmatch(r"\d+", value)):
            raise UserError(f"--rule {text}: must be PATTERN=BITS or PATTERN=skip, as in 'layers.0.*=8'")
        if value != "skip" and int(value) not in BITS:
            raise UserError(f"--rule {text}: bits must be one of {', '.join(map(str, BITS))}")
        return cls(pattern, None if value == "skip" else int(value))


@dataclass(frozen=True)
class Recipe:
    """How to quantize a model; fourbit.engine.solve explains the fields that concern one layer.

    method  "rtn", "gptq", "awq" (scales, clipping, rounding) or "awq+gptq"
    format  stored layout: "gptq" (zero points from 1) or "gptq_v2" (from 0); None takes the one that fits
    rules   the first that matches a layer decides its bits
    head    whether the LM head is quantized too
    """

    method: str = "gptq"
    bits: int = 4
    group_size: int = 64
    symmetric: bool = True
    order: str = "activation"
    static_groups: bool = True
    damp: float = 0.05
    effort: str = "default"
    format: str | None = None
    rules: tuple[Rule, ...] = ()
    head: bool = False

    def __post_init__(self) -> None:
        for option, allowed in (
            ("method", METHODS),
            ("bits", BITS),
            ("order", ORDERS),
            ("effort", EFFORTS),
            ("format", (None, *FORMATS)),
        ):
            if getattr(self, option) not in allowed:
                names = ", ".join(str(value) for value in allowed if value is not None)
                raise UserError(f"--{option} {getattr(self, option)}: must be one of {names}")
        if self.format is None:
            object.__setattr__(self, "format", "gptq" if self.symmetric else "gptq_v2")

    @property
    def lowest_zero(self) -> int:
        """The smallest zero point that the stored format can carry."""
        return 1 if self.format == "gptq" else 0

    def for_layer(self, name: str) -> "Recipe | None":
        """The recipe of one layer, its rule applied; None when the layer stays as it is."""
        for rule in self.rules:
            if rule.matches(name):
                return None if rule.bits is None else replace(self, bits=rule.bits)
        return self

    def as_dict(self) -> dict:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True)
class LayerReport:
    """One quantized layer; errors are shares of the output's energy on the calibration text.

    tokens          how many calibration tokens reached the layer
    error           of what is stored;  rounding_error: of plain rounding at the same format
    stored          the method whose result was stored: "rtn" when nothing beat rounding
    notes           what a user should know: dead columns, raised damping, too few tokens
    """

    name: str
    d_out: int
    d_in: int
    bits: int
    tokens: int
    error: float
    rounding_error: float
    stored: str
    notes: tuple[str, ...] = ()
