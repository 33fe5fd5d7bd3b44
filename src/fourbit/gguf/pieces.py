"""The vocabulary of a SentencePiece tokenizer: texts, scores and kinds of its pieces.

From tokenizer.model, a protocol buffer (sentencepiece_model.proto), or from what transformers made of it,
tokenizer.json: there the order of the merges stands for the scores.
"""

import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from gguf import TokenType

from fourbit.errors import UserError

BYTE = re.compile(r"<0x[0-9A-Fa-f]{2}>")
WORD_START = "\u2581"  # stands for a space
ADDED = -1000.0  # score of a token that no merge leads to


class Piece(NamedTuple):
    text: str
    score: float = 0.0
    kind: TokenType = TokenType.NORMAL


def from_model(file: Path) -> tuple[list[Piece], bool]:
    """The pieces in order, and whether a space is put before a text; UserError when the file is damaged."""
    pieces, prefix = [], True
    try:
        for number, value in _fields(file.read_bytes()):
            if number == 1:
                fields = {1: b"", 2: 0.0, 3: int(TokenType.NORMAL)} | dict(_fields(value))
                pieces.append(Piece(fields[1].decode(), fields[2], TokenType(fields[3])))
            elif number == 3:  # normalizer_spec.add_dummy_prefix
                prefix = bool(dict(_fields(value)).get(3, 1))
    except (ValueError, IndexError, TypeError, AttributeError, struct.error):
        raise UserError(f"{file}: not a SentencePiece model, or damaged; download it again") from None
    if not pieces:
        raise UserError(f"{file}: a SentencePiece model without pieces; download it again")
    return pieces, prefix


def _fields(octets: bytes) -> Iterator[tuple[int, int | float | bytes]]:
    """Field numbers and values of a message: https://protobuf.dev/programming-guides/encoding/"""
    at = 0
    while at < len(octets):
        tag, at = _varint(octets, at)
        if tag & 7 == 0:
            value, at = _varint(octets, at)
        elif tag & 7 == 2:
            length, at = _varint(octets, at)
            value, at = octets[at : at + length], at + length
        elif tag & 7 == 5:
            value, at = struct.unpack_from("<f", octets, at)[0], at + 4
        else:
            value, at = octets[at : at + 8], at + 8
        if at > len(octets):
            raise ValueError("a field ends past the end")
        yield tag >> 3, value


def _varint(octets: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while octets[at] & 0x80:
        value, shift, at = value | (octets[at] & 0x7F) << shift, shift + 7, at + 1
    return value | octets[at] << shift, at + 1


def from_bpe(model: dict) -> dict[int, Piece]:
    """Pieces by id, of tokenizer.json's BPE model with byte fallback.

    llama.cpp joins the two neighbors whose union has the highest score; the tokenizer those that come first among the
    merges. So the score falls by one with each new union in the merges; what no merge makes follows, by id.
    """
    ranks: dict[str, int] = {}
    for merge in model["merges"]:
        union = "".join(merge.split(" ") if isinstance(merge, str) else merge)
        ranks.setdefault(union, len(ranks))
    pieces = {}
    for text, index in sorted(model["vocab"].items(), key=lambda item: item[1]):
        if text == model.get("unk_token"):
            pieces[index] = Piece(text, 0.0, TokenType.UNKNOWN)
        elif BYTE.fullmatch(text):
            pieces[index] = Piece(text, 0.0, TokenType.BYTE)
        else:
            pieces[index] = Piece(text, -float(ranks.setdefault(text, len(ranks))))
    return pieces


def from_unigram(model: dict) -> dict[int, Piece]:
    """Pieces by id, of tokenizer.json's Unigram model."""
    pieces = {}
    for index, (text, score) in enumerate(model["vocab"]):
        kind = TokenType.BYTE if BYTE.fullmatch(text) else TokenType.NORMAL
        pieces[index] = Piece(text, score, TokenType.UNKNOWN if index == model.get("unk_id") else kind)
    return pieces
