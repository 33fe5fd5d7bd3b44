"""Which layers stand out, and the likely reason: for the table at the end of a run and for its report."""

import math
import re
from dataclasses import dataclass
from statistics import median

from fourbit.engine.recipe import LayerReport

FEWEST = 4  # layers of a kind, from which a median says what is usual
MODIFIED_Z = 3.5  # Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993
FACTOR = 2.0  # above the median: less is nothing to act on, however alike the other layers are

CAUSES = (  # in a layer's notes, the most telling first: pattern, cause
    (r"no calibration token reached", "no calibration token was routed to this expert"),
    (r"tokens for [\d,]+ inputs", "fewer calibration tokens than inputs"),
    (r"damping was raised", "near-singular Hessian, damping raised"),
    (r"inputs were always zero", "dead input columns"),
    (r"plain rounding was better", "little gained over rounding"),
)


@dataclass(frozen=True)
class Outlier:
    """A layer with `ratio` times the median error of its kind, and what may have caused it."""

    name: str
    ratio: float
    cause: str


def reports(record: dict) -> list[LayerReport]:
    """The layers of a run's record (fourbit.json)."""
    return [LayerReport(**layer | {"notes": tuple(layer["notes"])}) for layer in record["layers"]]


def kind(name: str) -> str:
    """What a layer is, wherever it is: 'q_proj', 'experts.w1', 'lm_head'."""
    parts = [part for part in name.split(".") if not part.isdigit()]
    in_expert = len(parts) > 1 and "expert" in parts[-2]
    return ".".join(parts[-2:] if in_expert else parts[-1:])


def by_kind(layers: list[LayerReport]) -> dict[str, list[LayerReport]]:
    """Layers grouped by kind, both in the order of the model."""
    kinds: dict[str, list[LayerReport]] = {}
    for layer in layers:
        kinds.setdefault(kind(layer.name), []).append(layer)
    return kinds


def outliers(layers: list[LayerReport]) -> list[Outlier]:
    """Layers whose error is far above the median of their kind at their bits, the farthest first.

    Errors span decades, so their logarithms are compared, by the modified z-score: the distance from the median
    over the median of all such distances. Unlike a mean and a standard deviation, neither moves when up to half
    of the layers are bad. FACTOR guards kinds whose layers are nearly equal.
    """
    found = []
    for group in by_kind(layers).values():
        for bits in {layer.bits for layer in group}:
            found += _outliers([layer for layer in group if layer.bits == bits])
    return sorted(found, key=lambda outlier: -outlier.ratio)


def _outliers(alike: list[LayerReport]) -> list[Outlier]:
    if len(alike) < FEWEST:
        return []
    usual, distance = _center([layer.error for layer in alike])
    found = []
    for layer in alike:
        ratio = max(layer.error, 1e-30) / usual
        if ratio > FACTOR and 0.6745 * math.log(ratio) > MODIFIED_Z * distance:
            found.append(Outlier(layer.name, ratio, _cause(layer, alike)))
    return found


def _center(errors: list[float]) -> tuple[float, float]:
    """The median, and the median distance of logarithms from its logarithm."""
    logs = [math.log(max(error, 1e-30)) for error in errors]
    center = median(logs)
    return math.exp(center), median(abs(value - center) for value in logs)


def _cause(layer: LayerReport, alike: list[LayerReport]) -> str:
    for pattern, cause in CAUSES:
        if any(re.search(pattern, note) for note in layer.notes):
            return cause
    others = median(other.tokens for other in alike)
    if layer.tokens < others / 4:
        return f"few tokens: {layer.tokens:,}, usual for its kind are {others:,.0f}"
    if layer.rounding_error > FACTOR * median(other.rounding_error for other in alike):
        return "hard to round as well: outlier columns; give it more bits"
    return "not known: rounding it costs no more than its kind does"
