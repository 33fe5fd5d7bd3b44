"""A calibration set: windows of real tokens, drawn from one source or from a mixture of them."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

import numpy as np

from fourbit.calibration import sources
from fourbit.calibration.draw import Blocks, sample
from fourbit.calibration.duplicates import NEAR, Duplicates
from fourbit.calibration.sources import Document
from fourbit.errors import UserError

REACH = 16  # windows that are read for one that is drawn
CHARACTERS = 16  # that are read for one token, copies included: what bounds a stream that holds little else


@dataclass(frozen=True)
class Part:
    """What one source of a mixture gave.

    documents          read, duplicates not counted;  exact_duplicates, near_duplicates: dropped
    tokens, available  in what was read, with separators; and the windows that they make
    whole              whether the source was read to its end: if not, `tokens` is not all that there is
    windows, spare     drawn;  wanted: windows that the weight asked for
    """

    name: str
    weight: float
    documents: int
    exact_duplicates: int
    near_duplicates: int
    tokens: int
    available: int
    whole: bool
    windows: int
    spare: int
    wanted: int


@dataclass(frozen=True)
class CalibrationSet:
    """windows (n, length) and spare (<= spare, length), int64 token ids; they share no token of the text."""

    windows: np.ndarray
    spare: np.ndarray
    parts: tuple[Part, ...]
    seed: int = 0

    @property
    def sha256(self) -> str:
        """Of the tokens of `windows`, as little-endian 64-bit integers."""
        return hashlib.sha256(self.windows.astype("<i8").tobytes()).hexdigest()

    @property
    def name(self) -> str:
        """The sources with their weights, "docs:3,my.jsonl:1"; of a single one the name only."""
        if len(self.parts) == 1:
            return self.parts[0].name
        return ",".join(f"{part.name}:{part.weight:g}" for part in self.parts)

    def summary(self) -> dict:
        """For JSON and for the record of a model: everything but the tokens."""
        return {
            "source": self.name,
            "seed": self.seed,
            "windows": len(self.windows),
            "length": self.windows.shape[1],
            "tokens": self.windows.size,
            "sha256": self.sha256,
            "parts": [asdict(part) for part in self.parts],
        }


def build(
    spec: str,
    tokenizer,
    n: int,
    length: int,
    seed: int = 0,
    split: str = "calibration",
    spare: int = 0,
    reach: int = REACH,
    near: float | None = NEAR,
) -> CalibrationSet:
    """`n` windows of `length` tokens from the sources in `spec`, the same for the same seed.

    spec   "docs", "docs:3,code:1,my.jsonl:2", "folder/", "glob*.txt", "chat:file.jsonl",
           "hf:owner/name[/subset][@split][#column]"; a number after a colon is the source's share of the windows
    split  of the bundled texts: "calibration" or "evaluation"
    spare  windows to hold out from the same sources, for measuring
    reach  tokens read for each token drawn, at most: a hub dataset is not read to its end
    near   similarity from which a document is a duplicate of an earlier one; None: only equal ones are

    A source that is too short gives the windows it has, and its Part says so. UserError when it has none, when
    it cannot be read, or when its weight is too small for a window.
    """
    mixture = sources.parse(spec)
    weights = [weight for _, weight in mixture]
    shares, extra = share(n, weights), share(spare, weights)
    for (name, weight), windows in zip(mixture, shares, strict=True):
        if not windows:
            raise UserError(
                f"--calib {name}:{weight:g}: its share of {n} windows is none; ask for more --windows or change the weights"
            )
    duplicates = Duplicates(near)
    drawn, held, parts = [], [], []
    for index, ((name, weight), *counts) in enumerate(zip(mixture, shares, extra, strict=True)):
        source = sources.find(name, tokenizer, split)
        rng = np.random.default_rng([seed, index])
        rows, part = _draw(source, weight, tokenizer, *counts, length, rng, reach, duplicates)
        drawn.append(rows[: part.windows])
        held.append(rows[part.windows :])
        parts.append(part)
    order = np.random.default_rng([seed, len(mixture)])
    windows, rest = (rows[order.permutation(len(rows))] for rows in map(np.concatenate, (drawn, held)))
    return CalibrationSet(windows, rest, tuple(parts), seed)


def _draw(source, weight, tokenizer, n, spare, length, rng, reach, duplicates) -> tuple[np.ndarray, Part]:
    exact, near, kept = duplicates.exact, duplicates.near, duplicates.kept
    blocks = Blocks(tokenizer, length, reach * (n + spare) * length, rng)
    bounded = Bounded(source.documents(rng), CHARACTERS * blocks.most)
    fresh = duplicates.dropped(bounded)
    rows, available = sample(blocks.cut(fresh), n + spare, length, rng)
    documents = duplicates.kept - kept
    if not available:
        copies = duplicates.exact - exact + duplicates.near - near
        if not documents:
            raise UserError(f"{source.name}: " + ("only copies of other text" if copies else "holds no text"))
        raise UserError(
            f"{source.name}: has {blocks.seen:,} tokens, fewer than one window of {length:,}; "
            "give more text or a smaller --length"
        )
    windows = min(n, len(rows))
    part = Part(
        source.name,
        weight,
        documents,
        duplicates.exact - exact,
        duplicates.near - near,
        blocks.seen,
        available,
        blocks.whole and not bounded.stopped,
        windows,
        len(rows) - windows,
        n,
    )
    return rows, part


class Bounded:
    """Documents up to `most` characters. stopped: whether there were more."""

    def __init__(self, documents: Iterable[Document], most: int):
        self.documents, self.left, self.stopped = documents, most, False

    def __iter__(self) -> Iterator[Document]:
        for document in self.documents:
            if self.left <= 0:
                self.stopped = True
                return
            self.left -= len(document.text) + 1
            yield document


def share(count: int, weights: list[float]) -> list[int]:
    """`count` items shared out by weight, by the method of the largest remainder; ties go to the earlier one."""
    exact = [count * weight / sum(weights) for weight in weights]
    shares = [int(value) for value in exact]
    by_remainder = sorted(range(len(weights)), key=lambda i: shares[i] - exact[i])
    for index in by_remainder[: count - sum(shares)]:
        shares[index] += 1
    return shares
