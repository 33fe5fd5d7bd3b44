"""From a stream of documents to windows: concatenated as the model expects, drawn at random, never padded."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from fourbit.calibration.cut import tokenize
from fourbit.calibration.sources import Document


@dataclass(frozen=True)
class Separator:
    """What stands at the start of a sequence and of a document, and at the end of a document: token ids.

    A tokenizer that puts a token in front of every text (Llama, Gemma: BOS) belongs to a model that has never seen
    a sequence without it, and some fail without it: it opens each document and each window, also one cut from the
    middle of a document. Without such a token (GPT-2, Qwen, SmolLM2) documents were packed with an end token after
    each. That is the tokenizer's EOS, except in chat models, whose EOS ends a turn: they keep the end of a
    document that they were pretrained with beside it, as `<|endoftext|>`.
    """

    start: tuple[int, ...] = ()
    end: tuple[int, ...] = ()

    @classmethod
    def of(cls, tokenizer) -> "Separator":
        """The one that the model of this tokenizer expects."""
        plain = tokenizer("a", add_special_tokens=False)["input_ids"]
        full = tokenizer("a", add_special_tokens=True)["input_ids"]
        start = next(i for i in range(len(full)) if full[i : i + len(plain)] == plain)
        if start:
            return cls(start=tuple(full[:start]))
        eos, template = tokenizer.eos_token, tokenizer.chat_template or ""
        if eos and eos in str(template) and END_OF_TEXT in tokenizer.all_special_tokens:
            eos = END_OF_TEXT
        return cls(end=(tokenizer.convert_tokens_to_ids(eos),) if eos else ())


END_OF_TEXT = "<|endoftext|>"


class Blocks:
    """Consecutive pieces of `length` tokens of the concatenated documents, from a random offset on.

    seen  tokens read so far;  whole: whether the documents were read to the end
    """

    def __init__(self, tokenizer, length: int, most: int, rng: np.random.Generator):
        self.tokenizer, self.length, self.most = tokenizer, length, most
        self.separator = Separator.of(tokenizer)
        self.offset = int(rng.integers(length))
        self.seen, self.whole = 0, False

    def cut(self, documents: Iterable[Document]) -> Iterator[np.ndarray]:
        """Arrays (length,) int64 that do not overlap; stops after about `most` tokens."""
        head, rest = np.zeros(0, np.int64), np.zeros(0, np.int64)
        wait = self.offset
        for document in documents:
            ids = self._tokens(document)
            self.seen += len(ids)
            if wait:
                head, ids, wait = np.append(head, ids[:wait]), ids[wait:], max(0, wait - len(ids))
            rest = yield from self._pieces(np.append(rest, ids))
            if self.seen >= self.most:
                return
        self.whole = True
        # What stands before the offset follows the last document, as the next document would.
        yield from self._pieces(np.append(rest, head))

    def _tokens(self, document: Document) -> np.ndarray:
        ids = tokenize(self.tokenizer, document.text)
        if document.delimited:
            return ids
        return np.concatenate([self.separator.start, ids, self.separator.end]).astype(np.int64)

    def _pieces(self, stream: np.ndarray) -> Iterator[np.ndarray]:
        """Cut what is there; returns the tokens that are left over."""
        start = np.array(self.separator.start, np.int64)
        position = 0
        while True:
            opened = np.array_equal(stream[position : position + len(start)], start)
            take = self.length if opened else self.length - len(start)
            if position + take > len(stream):
                return stream[position:]
            piece = stream[position : position + take]
            yield piece if opened else np.concatenate([start, piece])
            position += take


def sample(
    blocks: Iterable[np.ndarray], count: int, length: int, rng: np.random.Generator
) -> tuple[np.ndarray, int]:
    """`count` of the blocks, each with the same chance, in random order; and how many there were.

    (<= count, length) int64. Reservoir sampling (Vitter 1985, algorithm R): only what is kept is in memory.
    """
    kept = np.empty((count, length), np.int64)
    seen = 0
    for block in blocks:
        place = seen if seen < count else int(rng.integers(seen + 1))
        if place < count:
            kept[place] = block
        seen += 1
    return kept[rng.permutation(min(seen, count))], seen
