"""Where calibration text comes from: one interface for bundled text, files, hub datasets and chat transcripts."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from fourbit import tiny
from fourbit.errors import UserError

BUFFER = 1024  # documents from which the next is drawn
BUFFER_CHARACTERS = 8_000_000  # and their characters at most


class Document(NamedTuple):
    """One text and where it is from. delimited: it brings the model's delimiters, as a chat template writes them."""

    text: str
    name: str
    delimited: bool = False


class Source(Protocol):
    """A place that documents come from, read lazily. name: for messages and for the record, without folders."""

    name: str

    def documents(self, rng: np.random.Generator) -> Iterator[Document]:
        """Every document once, in an order that `rng` decides."""


class Bundled:
    """One of the texts in the package. split: "calibration" or "evaluation"."""

    def __init__(self, name: str, split: str):
        self.name, self.split = name, split

    def documents(self, rng: np.random.Generator) -> Iterator[Document]:
        texts = tiny.documents(self.name, self.split)
        for index in rng.permutation(len(texts)):
            yield Document(texts[index], f"{self.name} {index + 1}")


def parse(spec: str) -> list[tuple[str, float]]:
    """("docs", 3.0), ("my.jsonl", 1.0) from "docs:3,my.jsonl"; UserError when it cannot be read so."""
    if spec in tiny.DOMAINS or Path(spec).exists():  # also a file whose name has a comma or ends in :2
        return [(spec, 1.0)]
    found = []
    for part in spec.split(","):
        if not part.strip():
            raise UserError(f"--calib {spec}: a source is empty; write sources like docs:3,code:1,my.jsonl:2")
        name, weight = part.strip(), 1.0
        if match := re.fullmatch(r"(.+):([^:/\\]*)", name):
            try:
                name, weight = match[1], float(match[2])
            except ValueError:
                if not name.startswith(("chat:", "hf:")) or name.count(":") > 1:
                    raise UserError(
                        f"--calib {part}: {match[2]!r} is not a weight; write a number after the colon, as in docs:3"
                    ) from None
        if not 0 < weight < float("inf"):
            raise UserError(f"--calib {part}: the weight must be above 0")
        found.append((name, weight))
    return found


def find(name: str, tokenizer, split: str = "calibration") -> Source:
    """The source behind one name of a mixture; UserError when there is none."""
    from fourbit.calibration.chat import Chat
    from fourbit.calibration.files import Files
    from fourbit.calibration.hub import PRESETS, Hub

    if name in tiny.DOMAINS:
        return Bundled(name, split)
    if name.startswith("chat:"):
        return Chat(name.removeprefix("chat:"), tokenizer)
    if name.startswith("hf:"):
        return Hub(name)
    if name in PRESETS and not Path(name).exists():
        return Hub(PRESETS[name], name)
    return Files(name)


def shuffled(documents: Iterable[Document], rng: np.random.Generator) -> Iterator[Document]:
    """The documents in random order, as far as a buffer of them allows; all of a small source fit into it."""
    buffer: list[Document] = []
    held = 0
    for document in documents:
        buffer.append(document)
        held += len(document.text)
        while len(buffer) >= BUFFER or (held > BUFFER_CHARACTERS and len(buffer) > 1):
            index = rng.integers(len(buffer))
            buffer[index], buffer[-1] = buffer[-1], buffer[index]
            held -= len(buffer[-1].text)
            yield buffer.pop()
    rng.shuffle(buffer)
    yield from buffer
