"""Documents that were there before: equal ones by hash, similar ones by MinHash over word shingles."""

import hashlib
import re
import zlib
from collections.abc import Iterable, Iterator

import numpy as np

from fourbit.calibration.sources import Document

NEAR = 0.8  # share of common shingles (Jaccard) from which two documents count as the same
SHINGLE = 5  # words
BANDS, ROWS = 16, 4  # 64 minima; documents that agree in a whole band are compared
# Words; in scripts without spaces between them, characters.
UNSPACED = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff"  # Thai, Lao, Burmese, Khmer, CJK
)
WORD = re.compile(rf"[{UNSPACED}]|[^\W{UNSPACED}]+")
FACTORS = np.random.default_rng(0).integers(2**63, size=BANDS * ROWS, dtype=np.uint64) * np.uint64(
    2
) + np.uint64(1)
MIX = np.uint64(0x9E3779B97F4A7C15)  # 2**64 over the golden ratio: spreads small integers


class Duplicates:
    """Keeps the first of each text. exact, near: copies dropped so far; kept: documents that were not.

    near  the similarity from which a document is dropped; None: only equal text is
    """

    def __init__(self, near: float | None = NEAR):
        self.bound = near
        self.exact = self.near = self.kept = 0
        self._seen: set[bytes] = set()
        self._signatures: list[np.ndarray] = []
        self._bands: dict[tuple[int, bytes], list[int]] = {}

    def dropped(self, documents: Iterable[Document]) -> Iterator[Document]:
        """The documents without the copies and without the empty ones."""
        for document in documents:
            words = WORD.findall(document.text.lower())
            if not document.text.strip():
                continue
            # Case and white space do not make a text another one; signs do, or `a + b` were `a - b`.
            key = hashlib.blake2b(" ".join(document.text.lower().split()).encode(), digest_size=16).digest()
            if key in self._seen:
                self.exact += 1
            elif self.bound is not None and self._similar(words):
                self.near += 1
            else:
                self._seen.add(key)
                self.kept += 1
                yield document

    def _similar(self, words: list[str]) -> bool:
        """Whether an earlier text is similar; when not, this one is remembered."""
        if len(words) < SHINGLE:
            return False
        signature = minima(words)
        keys = [(band, row.tobytes()) for band, row in enumerate(signature.reshape(BANDS, ROWS))]
        candidates = {index for key in keys for index in self._bands.get(key, ())}
        if any((self._signatures[index] == signature).mean() >= self.bound for index in candidates):
            return True
        for key in keys:
            self._bands.setdefault(key, []).append(len(self._signatures))
        self._signatures.append(signature)
        return False


def minima(words: list[str]) -> np.ndarray:
    """MinHash signature (64,) uint32: two texts agree in a place with the probability of their Jaccard similarity.

    Broder (1997). The hash functions are multiply-shift, all from one hash of each shingle.
    """
    hashes = np.array([zlib.crc32(word.encode()) for word in words], np.uint64)
    count = len(hashes) - SHINGLE + 1
    shingles = np.zeros(count, np.uint64)
    for place in range(SHINGLE):
        shingles = (shingles ^ hashes[place : place + count]) * MIX
        shingles ^= shingles >> np.uint64(29)
    lowest = np.full(len(FACTORS), 2**32 - 1, np.uint32)
    for start in range(0, count, 4096):  # bounded memory
        products = shingles[start : start + 4096, None] * FACTORS
        np.minimum(lowest, (products >> np.uint64(32)).astype(np.uint32).min(axis=0), out=lowest)
    return lowest
