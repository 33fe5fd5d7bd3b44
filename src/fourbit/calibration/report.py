"""What a calibration set is worth, before any work: enough tokens, of the right kind, and if not, what to add."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

import numpy as np

from fourbit.calibration import distance, verdict
from fourbit.calibration.build import CalibrationSet
from fourbit.calibration.distance import Distance
from fourbit.calibration.draw import Separator
from fourbit.calibration.scripts import Guess, guess

GUESSED = 32_768  # tokens that are decoded to guess the language
SCORED = 16  # windows of each text whose perplexity is measured


@dataclass(frozen=True)
class Tokens:
    """A text in figures. unique: different tokens in it; vocabulary: that as a share of the tokenizer's."""

    name: str
    tokens: int
    unique: int
    vocabulary: float
    guess: Guess
    perplexity: dict | None = None  # a fourbit.engine.evaluate.Estimate: value, low, high


@dataclass(frozen=True)
class Report:
    """What `report` found.

    documents       read, without those dropped;  exact, near: share of all that were dropped as such duplicates
    widest, needed  inputs of the widest layer, and tokens that it asks for; ratio: tokens for each input
    verdict         of "enough", "too few", "wrong domain" what holds;  advice: what to add, what was not judged
    """

    calibration: Tokens
    documents: int
    exact: float
    near: float
    windows: int
    length: int
    widest: int | None
    needed: int | None
    ratio: float | None
    deployment: Tokens | None
    distance: Distance | None
    verdict: tuple[str, ...]
    advice: tuple[str, ...]

    def as_dict(self) -> dict:
        """For JSON, which has no NaN: the interval of one window is null."""
        return json.loads(json.dumps(asdict(self)), parse_constant=lambda _: None)


def report(
    calibration: CalibrationSet,
    tokenizer,
    widest: int | None = None,
    deploy: str | None = None,
    model=None,
    *,
    share: float = 1.0,
    hidden: int | None = None,
    spec: str | None = None,
    progress: Callable[[], None] = lambda: None,
) -> Report:
    """Judge a calibration set; quick without a model.

    widest  inputs of the widest layer to be quantized;  share: of the tokens that reach it, below 1 for an expert
    hidden  width of the embeddings
    deploy  text as the quantized model will see it: a file, "docs", "hf:owner/name"; UserError when it cannot be read
    model   measures the perplexity of both, in at most SCORED windows of each, and calls `progress` after each
    spec    the sources as the user wrote them, for the advice
    """
    rows = calibration.windows
    ours, theirs, apart = _describe(calibration.name, rows.ravel(), tokenizer), None, None
    if deploy is not None:
        ids = distance.read(deploy, tokenizer)
        theirs, apart = _describe(deploy, ids, tokenizer), distance.compare(rows, ids)
    if model is not None:
        start = Separator.of(tokenizer).start
        ours = replace(ours, perplexity=_perplexity(model, rows, start, progress))
        if theirs:
            pieces = _windows(ids, rows.shape[1], start)
            theirs = replace(theirs, perplexity=_perplexity(model, pieces, start, progress))
    reach = None if widest is None else widest / share  # tokens: one reaches the layer for each of its inputs
    amount, what = verdict.amount(calibration, ours.unique, reach, hidden, spec)
    domain, where = verdict.domain(calibration, ours, theirs, apart, spec)
    parts = calibration.parts
    documents, exact, near = (
        sum(getattr(part, name) for part in parts)
        for name in ("documents", "exact_duplicates", "near_duplicates")
    )
    total = documents + exact + near
    return Report(
        ours,
        documents,
        exact / total,
        near / total,
        *rows.shape,
        widest,
        None if reach is None else verdict.needed(reach),
        None if reach is None else rows.size / reach,
        theirs,
        apart,
        (*amount, *domain),
        (*what, *where),
    )


def _describe(name: str, ids: np.ndarray, tokenizer) -> Tokens:
    unique = len(np.unique(ids))
    text = tokenizer.decode(ids[:GUESSED], skip_special_tokens=True)
    return Tokens(name, len(ids), unique, unique / len(tokenizer), guess(text))


def _windows(ids: np.ndarray, length: int, start: tuple[int, ...]) -> list[np.ndarray]:
    """A text in windows of at most `length` tokens, each behind the tokens that the model expects at the start."""
    step = max(1, length - len(start))
    return [np.array([*start, *ids[i : i + step]]) for i in range(0, len(ids), step)]


def _perplexity(model, windows, start: tuple[int, ...], progress: Callable[[], None]) -> dict | None:
    """Of at most SCORED windows, spread evenly; the first token of each, which nothing predicts, is not scored."""
    from fourbit.engine.evaluate import Window, evaluate

    context = max(1, len(start))
    windows = [ids for ids in windows if len(ids) > context]
    picked = sorted({round(i) for i in np.linspace(0, len(windows) - 1, SCORED)}) if windows else []
    if not picked:
        return None
    return asdict(
        evaluate(model, [Window(windows[i], context) for i in picked], progress=progress).perplexity
    )
