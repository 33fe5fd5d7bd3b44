"""Quantized weights as GGUF blocks, without rounding: which type can hold them, and the packing.

A block is 32 neighboring weights of a row and their float16 scale d:
  Q4_0  (code - 8) * d     codes 0 .. 15     4.5 bits a weight
  Q5_0  (code - 16) * d    codes 0 .. 31     5.5
  Q8_0  code * d           codes -128 .. 127 8.5
  Q4_1  code * d + m       codes 0 .. 15     5, with m in float16
A weight of a GPTQ or AWQ checkpoint is (code - zero) * scale: a whole number of steps. A block holds 32 of them to
the last bit when they share one scale, float16 has that scale, and the steps are in range; zero points may differ.
Q4_1 is exact only where float16 has zero * scale too.

Source of the layouts: ggml/src/ggml-common.h and ggml-quants.c of llama.cpp.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from fourbit.gguf.types import TYPES, Type
from fourbit.grid import Quantized

BLOCK = 32
RANGES = {"Q4_0": (-8, 7), "Q5_0": (-16, 15), "Q8_0": (-128, 127)}  # steps that fit, narrowest type first
CODE_BITS = {"Q4_0": 4, "Q4_1": 4, "Q5_0": 5, "Q8_0": 8}
CHUNK = 2**22  # weights that are converted at once


@dataclass(frozen=True)
class Steps:
    """weight[i, j] = steps[i, j] * scales[i, j // 32]; both are rows of one tensor, so rows can be moved and stacked.

    steps   (rows, n) int16
    scales  (rows, n/32) float16
    zeros   (rows, n/32) int16, the code that stands for 0.0; only Q4_1 needs it
    """

    steps: np.ndarray
    scales: np.ndarray
    zeros: np.ndarray


def obstacle(q: Quantized) -> str | None:
    """Why no block of any type can hold these weights exactly, or None."""
    width = q.codes.shape[1]
    if width % BLOCK:
        return f"its rows of {width} weights do not fill blocks of {BLOCK}"
    if not np.isfinite(q.scales).all():
        return "some of its scales are not finite"
    if not whole(q):
        if scattered(q):
            return (
                "its groups are scattered over the columns (g_idx of activation order); a block has one scale"
            )
        return f"its groups of {np.bincount(q.g_idx).max()} columns are no multiple of {BLOCK}, a block's columns"
    with np.errstate(over="ignore"):
        rounded = q.scales.astype(np.float16)
    if (rounded != q.scales).any():
        return "some of its scales are no float16 numbers"
    return None


def whole(q: Quantized) -> bool:
    """Whether the columns of every block are of one group."""
    if len(q.g_idx) % BLOCK:
        return False
    blocks = q.g_idx.reshape(-1, BLOCK)
    return bool((blocks == blocks[:, :1]).all())


def scattered(q: Quantized) -> bool:
    """Whether columns of a group lie apart: what activation order leaves without static groups."""
    return bool((np.diff(q.g_idx) < 0).any())


def sort_columns(q: Quantized) -> tuple[Quantized, np.ndarray]:
    """The same weights with the columns of each group together, and the order (n,) in which columns were taken."""
    order = np.argsort(q.g_idx, kind="stable")
    return replace(q, codes=q.codes[:, order], g_idx=q.g_idx[order]), order


def take_rows(q: Quantized, order: np.ndarray) -> Quantized:
    """The same matrix with its rows in another order."""
    return replace(q, codes=q.codes[order], scales=q.scales[order], zeros=q.zeros[order])


def steps(q: Quantized) -> Steps:
    """The weights counted in steps; ValueError where `obstacle` finds one."""
    if why := obstacle(q):
        raise ValueError(why)
    groups = q.g_idx[::BLOCK]  # of each block
    zeros = q.zeros[:, groups].astype(np.int16)
    codes = q.codes.astype(np.int16).reshape(*zeros.shape, BLOCK)
    codes -= zeros[..., None]
    return Steps(codes.reshape(q.codes.shape), q.scales[:, groups].astype(np.float16), zeros)


def narrowest(s: Steps) -> Type | None:
    """The smallest type that holds every weight to the last bit; None when the steps span more than 8 bits."""
    low, high = s.steps.min(), s.steps.max()
    for name, (lowest, highest) in RANGES.items():
        if lowest <= low and high <= highest:
            return TYPES[name]
    return None


def minima(s: Steps) -> np.ndarray:
    """m of the Q4_1 blocks (rows, n/32) float16; infinite where it overflows."""
    with np.errstate(over="ignore"):
        return (-s.scales.astype(np.float32) * s.zeros).astype(np.float16)


def fits_q4_1(s: Steps) -> bool:
    """Whether Q4_1 can hold the codes; its m may be rounded, by half of float16's precision at most."""
    return bool(np.isfinite(minima(s)).all()) and all(
        codes.min() >= 0 and codes.max() <= 15 for codes in (_codes(part) for part in _parts(s))
    )


def pack(s: Steps, kind: Type) -> np.ndarray:
    """The rows as blocks of `kind`: (rows, row_bytes) uint8.

    Nothing is rounded, but m of Q4_1. Raises ValueError when the steps do not fit.
    """
    data = np.empty((len(s.steps), kind.row_bytes(s.steps.shape[1])), np.uint8)
    start = 0
    for part in _parts(s):
        rows = _pack(part, kind)
        data[start : start + len(rows)] = rows
        start += len(rows)
    return data


def _parts(s: Steps) -> Iterator[Steps]:
    """A few rows at a time."""
    count = max(1, CHUNK // s.steps.shape[1])
    for start in range(0, len(s.steps), count):
        rows = slice(start, start + count)
        yield Steps(s.steps[rows], s.scales[rows], s.zeros[rows])


def _codes(s: Steps) -> np.ndarray:
    """(rows, n/32, 32), counted from the lowest level."""
    return s.steps.reshape(*s.zeros.shape, BLOCK) + s.zeros[..., None]


def _pack(s: Steps, kind: Type) -> np.ndarray:
    d = _octets(s.scales)
    if kind.name == "Q4_1":
        codes = _checked(_codes(s), 0, 15, kind)
        blocks = (d, _octets(minima(s)), _nibbles(codes))
    else:
        lowest, highest = RANGES[kind.name]
        found = _checked(s.steps.reshape(*s.zeros.shape, BLOCK), lowest, highest, kind)
        if kind.name == "Q8_0":
            blocks = (d, found.astype(np.int8).view(np.uint8))
        elif kind.name == "Q4_0":
            blocks = (d, _nibbles(found - lowest))
        else:  # Q5_0 keeps the fifth bits of the 32 codes in four bytes of their own, before the others
            codes = (found - lowest).astype(np.uint8)
            fifth = np.packbits(codes >> 4, axis=-1, bitorder="little")
            blocks = (d, fifth, _nibbles(codes & 15))
    return np.concatenate(blocks, axis=-1).reshape(len(s.steps), -1)


def _checked(values: np.ndarray, lowest: int, highest: int, kind: Type) -> np.ndarray:
    if values.min() < lowest or values.max() > highest:
        raise ValueError(f"{kind.name} holds {lowest} to {highest}; found {values.min()} to {values.max()}")
    return values


def _octets(scales: np.ndarray) -> np.ndarray:
    """One float16 a block as its two bytes: (rows, n/32, 2) uint8."""
    return np.ascontiguousarray(scales, "<f2")[..., None].view(np.uint8)


def _nibbles(codes: np.ndarray) -> np.ndarray:
    """Byte j of a block holds code j in its low half and code j + 16 in its high half: (rows, n/32, 16) uint8."""
    codes = codes.astype(np.uint8)
    return codes[..., :16] | codes[..., 16:] << 4
