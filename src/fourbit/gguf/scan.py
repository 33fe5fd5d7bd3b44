"""Weights and scales that are no finite number: one such scale turns a block of weights, and then the text, into NaN.

The file is read a chunk at a time into one buffer, never mapped. What is looked at in each block is what llama.cpp looks
at when it is told to check tensors (ggml_validate_row_data).
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from fourbit.errors import UserError

CHUNK = 8 << 20  # bytes
EXPONENTS = {  # bits that are all set in infinity and NaN, by type of a plain number
    "F64": (np.dtype("<u8"), 0x7FF0 << 48),
    "F32": (np.dtype("<u4"), 0x7F80 << 16),
    "F16": (np.dtype("<u2"), 0x7C00),
    "BF16": (np.dtype("<u2"), 0x7F80),
    "F8_E4M3": (np.dtype("u1"), 0x7F),
    "F8_E5M2": (np.dtype("u1"), 0x7C),
    "F8_E8M0": (np.dtype("u1"), 0xFF),
}
SCALES = {  # quantized type -> bytes of a block, where its scales (and minima) stand, and their type
    "Q1_0": (18, (0,), "F16"),
    "Q2_0": (18, (0,), "F16"),
    "Q4_0": (18, (0,), "F16"),
    "Q4_1": (20, (0, 2), "F16"),
    "Q5_0": (22, (0,), "F16"),
    "Q5_1": (24, (0, 2), "F16"),
    "Q8_0": (34, (0,), "F16"),
    "Q8_1": (36, (0, 2), "F16"),
    "Q2_K": (84, (80, 82), "F16"),
    "Q3_K": (110, (108,), "F16"),
    "Q4_K": (144, (0, 2), "F16"),
    "Q5_K": (176, (0, 2), "F16"),
    "Q6_K": (210, (208,), "F16"),
    "Q8_K": (292, (0,), "F32"),
    "IQ1_S": (50, (0,), "F16"),
    "IQ2_XXS": (66, (0,), "F16"),
    "IQ2_XS": (74, (0,), "F16"),
    "IQ2_S": (82, (0,), "F16"),
    "IQ3_XXS": (98, (0,), "F16"),
    "IQ3_S": (110, (0,), "F16"),
    "IQ4_NL": (18, (0,), "F16"),
    "IQ4_XS": (136, (0,), "F16"),
    "TQ1_0": (54, (52,), "F16"),
    "TQ2_0": (66, (64,), "F16"),
    "MXFP4": (17, (0,), "F8_E8M0"),
}
IQ1_M = 56  # bytes of a block; its scale is spread over the high four bits of the last four 16-bit words


class Place(NamedTuple):
    """The bytes of a tensor: where they start in which file, how many there are, and of which type."""

    name: str
    file: Path
    start: int
    nbytes: int
    type: str


def scan(places: list[Place], advance: Callable[[str], None] = lambda name: None) -> Iterator[str]:
    """What is not finite, in words, tensor by tensor; `advance` is called with the name of each that is read."""
    buffer, opened = bytearray(CHUNK), {}
    try:
        for place in places:
            block = _block(place.type)
            if block is None:
                continue
            if place.file not in opened:
                opened[place.file] = place.file.open("rb", buffering=0)
            bad, total, first = _tensor(opened[place.file], place, block, buffer)
            if bad:
                what = "weights" if place.type in EXPONENTS else "scales"
                yield f"{place.name}: {bad:,} of {total:,} {what} are NaN or infinite, the first is number {first:,}"
            advance(place.name)
    except OSError as error:
        raise UserError(f"{place.file}: cannot be read: {error.strerror}") from None
    finally:
        for stream in opened.values():
            stream.close()


def _block(kind: str) -> int | None:
    """Bytes that are judged together; None for integers and types without a scale."""
    if kind in EXPONENTS:
        return EXPONENTS[kind][0].itemsize
    return IQ1_M if kind == "IQ1_M" else SCALES.get(kind, (None,))[0]


def _tensor(stream: BinaryIO, place: Place, block: int, buffer: bytearray) -> tuple[int, int, int]:
    """Number of bad values, of all, and the place of the first bad one."""
    bad = total = first = 0
    stream.seek(place.start)
    left, chunk = place.nbytes, CHUNK // block * block
    while left:
        view = memoryview(buffer)[: min(chunk, left)]
        done = 0
        while done < len(view):
            count = stream.readinto(view[done:])
            if not count:
                raise UserError(
                    f"{place.file}: ends within {place.name}; it was longer when it was opened; start again"
                )
            done += count
        flags = _not_finite(np.frombuffer(view, np.uint8), place.type)
        if flags.any():
            first = first if bad else total + int(np.argmax(flags))
            bad += int(np.count_nonzero(flags))
        total += len(flags)
        left -= len(view)
    return bad, total, first


def _not_finite(octets: np.ndarray, kind: str) -> np.ndarray:
    """A flag for each number or scale in these bytes, in their order."""
    if kind in EXPONENTS:
        return _exponent(octets, kind)
    if kind == "IQ1_M":
        words = octets.reshape(-1, IQ1_M)[:, 48:].copy().view("<u2") >> 12
        return ((words[:, 3] & 7) == 7) & ((words[:, 2] & 12) == 12)  # the five bits of the exponent
    size, offsets, number = SCALES[kind]
    width = EXPONENTS[number][0].itemsize
    blocks = octets.reshape(-1, size)
    flags = [
        _exponent(np.ascontiguousarray(blocks[:, at : at + width]).reshape(-1), number) for at in offsets
    ]
    return np.stack(flags, axis=1).reshape(-1)


def _exponent(octets: np.ndarray, number: str) -> np.ndarray:
    dtype, mask = EXPONENTS[number]
    return (octets.view(dtype) & dtype.type(mask)) == mask
