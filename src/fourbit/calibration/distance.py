"""How far the calibration text is from the text that the model will see: distributions of tokens."""

from dataclasses import dataclass

import numpy as np

from fourbit.calibration import sources
from fourbit.calibration.cut import tokenize
from fourbit.calibration.draw import Separator
from fourbit.errors import UserError

# Bits by which the texts may be farther apart than halves of each are. Measured on the bundled texts with the tokenizers
# of tiny and SmolLM2, 16 and 32 windows of 512, samples of 4,096 to 8,192 tokens, three seeds: other documents of the same
# domain 0.02 to 0.12, another domain 0.15 to 0.44, a mixture of which half is the domain 0.05 to 0.13, a third 0.05 to
# 0.17. Measured from the halves of the calibration text alone, same and other domains overlap.
FAR = 0.13
COMPARED = 4096  # tokens; at 2,048 another domain comes down to 0.11

DRAWS = 16  # random samples that are averaged
READ = 65_536  # tokens of the deployment text at most


@dataclass(frozen=True)
class Distance:
    """From the calibration text to the deployment text.

    divergence       Jensen-Shannon, of the distributions of tokens (bits, 0 to 1), from samples of `compared` tokens
    halves           the same between two samples of that size of the calibration text: finite samples never give 0
    deployed_halves  the same of the deployment text
    excess           what the divergence is above the mean of these two: the texts' own, not the samples'
    unseen           share of the deployment text that is tokens which the calibration windows do not have
    """

    divergence: float
    halves: float
    deployed_halves: float
    excess: float
    compared: int
    unseen: float

    @property
    def judged(self) -> bool:
        """Whether the samples are large enough to tell domains apart."""
        return self.compared >= COMPARED

    @property
    def far(self) -> bool:
        """Whether the texts are of different domains."""
        return self.judged and self.excess > FAR


def read(name: str, tokenizer) -> np.ndarray:
    """At most READ token ids of a source, documents separated as in calibration; UserError when it has none."""
    separator = Separator.of(tokenizer)
    found, total = [], 0
    for document in sources.find(name, tokenizer, "evaluation").documents(np.random.default_rng(0)):
        if not document.text.strip():
            continue
        ids = tokenize(tokenizer, document.text)
        if not document.delimited:
            ids = np.concatenate([separator.start, ids, separator.end]).astype(np.int64)
        found.append(ids)
        total += len(ids)
        if total >= READ:
            break
    if total < 2:
        raise UserError(f"--deploy {name}: holds no text to compare with")
    return np.concatenate(found)[:READ]


def compare(windows: np.ndarray, deployed: np.ndarray) -> Distance:
    """Windows (n, length) and a text (tokens,): samples of one size, since the divergence falls with the size.

    Samples are whole windows: halves of single tokens would be more alike than two texts ever are.
    """
    rng = np.random.default_rng(0)
    unit = min(windows.shape[1] if len(windows) > 1 else windows.shape[1] // 2, len(deployed) // 2)
    ours, theirs = _pieces(windows, unit), _pieces(deployed[None], unit)
    size = min(len(ours), len(theirs)) // 2
    sums = np.zeros(3)
    for _ in range(DRAWS):
        a, b, c, d = (
            half
            for text in (ours, theirs)
            for half in text[rng.permutation(len(text))[: 2 * size]].reshape(2, -1)
        )
        sums += jensen_shannon(a, c), jensen_shannon(a, b), jensen_shannon(c, d)
    apart, halves, deployed_halves = (sums / DRAWS).tolist()
    unseen = float(1 - np.isin(deployed, windows).mean())
    return Distance(
        apart, halves, deployed_halves, apart - (halves + deployed_halves) / 2, size * unit, unseen
    )


def _pieces(rows: np.ndarray, length: int) -> np.ndarray:
    return rows[:, : rows.shape[1] // length * length].reshape(-1, length)


def jensen_shannon(a: np.ndarray, b: np.ndarray) -> float:
    """Between the distributions of token ids in two arrays (bits): 0 when they are equal, 1 when they share none."""
    longest = max(a.max(), b.max()) + 1
    p, q = (np.bincount(ids.ravel(), minlength=longest) / ids.size for ids in (a, b))
    middle = (p + q) / 2
    return float(sum((x[x > 0] * np.log2(x[x > 0] / middle[x > 0])).sum() for x in (p, q)) / 2)
