"""Whether a calibration set is enough and of the right kind, and what to add: each answer in words and numbers."""

import math

from fourbit.calibration import distance, sources
from fourbit.calibration.build import CalibrationSet
from fourbit.calibration.distance import Distance

# Tokens for each input of the widest layer. Measured on down_proj of three blocks of tiny (768 inputs, group 64, damping
# 0.01 and 0.05), error on held-out text against rounding's: with as many tokens as inputs GPTQ is mostly worse (0.95 to
# 1.6 times), at 4 bits even with twice as many no better in two of the three blocks (1.00 to 1.04), and with 8 times as
# many it has four fifths or more (80 % to 93 %) of the gain that 64 times as many give.
ENOUGH = 8
LEAST = 2

FILL = 100_000  # tokens that the bundled prose can give
GUESSABLE = 256  # tokens from which a guess of the language counts

Verdict = tuple[list[str], list[str]]  # what holds; what to do


def needed(reach: float) -> int:
    """Tokens that are enough; `reach` of them give the widest layer one for each of its inputs."""
    return math.ceil(ENOUGH * reach)


def amount(
    calibration: CalibrationSet, unique: int, reach: float | None, hidden: int | None, spec: str | None
) -> Verdict:
    """ "enough" or "too few", by tokens and by different tokens; nothing when the model's widths are not known."""
    if reach is None:
        return [], ["amount not judged: the widths of the model are not known"]
    missing = needed(reach) - calibration.windows.size
    advice = []
    if missing > 0:
        advice.append(f"add {missing:,} tokens: {_more(calibration, needed(reach), spec)}")
        if calibration.windows.size < LEAST * reach:
            advice.append(
                f"below {math.ceil(LEAST * reach):,} tokens the widest layer's Hessian follows chance: GPTQ may do "
                "worse than rounding on other text"
            )
    if hidden is not None and unique < hidden:
        advice.append(
            f"{unique:,} different tokens cannot span the {hidden:,} inputs of the first layer: use other text, not "
            "more of the same"
        )
    return (["too few"] if advice else ["enough"]), advice


def _more(calibration: CalibrationSet, tokens: int, spec: str | None) -> str:
    """How to come to so many tokens: from the same sources, or when these are used up, from others."""
    parts, (have, length) = calibration.parts, calibration.windows.shape
    windows = math.ceil(tokens / length)
    weights = sum(part.weight for part in parts)
    short = [part.whole and part.available * weights < windows * part.weight for part in parts]
    if not any(short):
        return f"--windows {windows}"
    names = _names(calibration, spec)
    drawn = {name: part.windows for name, part in zip(names, parts, strict=True)}
    used_up = [name for name, is_short in zip(names, short, strict=True) if is_short]
    told = f"{', '.join(used_up)} has no more; give more text like it"
    filler = next((name for name in names if name not in used_up), "docs")
    if filler in used_up or tokens > FILL:
        return told
    drawn[filler] = drawn.get(filler, 0) + windows - have
    mixture = ",".join(f"{name}:{count}" for name, count in drawn.items())
    return f"{told}, or fill up with {filler}: --calib {mixture} --windows {windows}"


def _names(calibration: CalibrationSet, spec: str | None) -> list[str]:
    return [name for name, _ in sources.parse(spec)] if spec else [part.name for part in calibration.parts]


def domain(calibration: CalibrationSet, ours, theirs, apart: Distance | None, spec: str | None) -> Verdict:
    """ "wrong domain" or nothing, from two report.Tokens and the distance between them."""
    if theirs is None:
        return [], ["domain not judged: give --deploy FILE with text as the quantized model will see it"]
    foreign = min(ours.tokens, theirs.tokens) >= GUESSABLE and _foreign(ours.guess, theirs.guess)
    if foreign or apart.far:
        weights = {
            name: part.weight for name, part in zip(_names(calibration, spec), calibration.parts, strict=True)
        }
        weights[theirs.name] = weights.get(theirs.name, 0) + sum(weights.values())
        mixture = ",".join(f"{name}:{weight:g}" for name, weight in weights.items())
        return ["wrong domain"], [
            f"mix in text like {theirs.name}: --calib {mixture}; keep some of it apart to measure on"
        ]
    if apart.judged:
        return [], []
    if theirs.tokens < 2 * distance.COMPARED:
        return [], [
            f"domain not judged: {theirs.name} has {theirs.tokens:,} tokens, {2 * distance.COMPARED:,} are needed"
        ]
    windows = math.ceil(distance.COMPARED / calibration.windows.shape[1]) * 2
    return [], [
        f"domain not judged: half of the calibration windows must have {distance.COMPARED:,} tokens: --windows {windows}"
    ]


def _foreign(ours, theirs) -> bool:
    """Whether two guesses name different languages, or different main scripts."""
    if ours.language and theirs.language:
        return ours.language != theirs.language
    return bool(ours.scripts and theirs.scripts) and next(iter(ours.scripts)) != next(iter(theirs.scripts))
