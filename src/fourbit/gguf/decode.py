"""What the bytes of a GGUF tensor stand for: each block format decoded in NumPy, written to be read.

A row of weights is cut into blocks; a block is a few fields, one after the other. `FIELDS` names them as llama.cpp
does: d is the scale of the block, m or dmin its offset, qs the low bits of the codes, qh (hmask) their high bits,
scales what the parts of a block of 256 multiply d by.

Source: ggml/src/ggml-common.h and ggml-quants.c of llama.cpp. NumPy only: it runs in the browser.
"""

import numpy as np

from fourbit.gguf.types import TYPES, Type

FIELDS = {  # bytes of each field, in their order
    "Q4_0": {"d": 2, "qs": 16},
    "Q4_1": {"d": 2, "m": 2, "qs": 16},
    "Q5_0": {"d": 2, "qh": 4, "qs": 16},
    "Q5_1": {"d": 2, "m": 2, "qh": 4, "qs": 16},
    "Q8_0": {"d": 2, "qs": 32},
    "Q2_K": {"scales": 16, "qs": 64, "d": 2, "dmin": 2},
    "Q3_K": {"hmask": 32, "qs": 64, "scales": 12, "d": 2},
    "Q4_K": {"d": 2, "dmin": 2, "scales": 12, "qs": 128},
    "Q5_K": {"d": 2, "dmin": 2, "scales": 12, "qh": 32, "qs": 128},
    "Q6_K": {"ql": 128, "qh": 64, "scales": 16, "d": 2},
    "IQ4_NL": {"d": 2, "qs": 16},
    "MXFP4": {"e": 1, "qs": 16},
}
IQ4_NL = np.array([-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113], np.float32)
E2M1 = np.array([0, 0.5, 1, 1.5, 2, 3, 4, 6, 0, -0.5, -1, -1.5, -2, -3, -4, -6], np.float32)


def decode(data: np.ndarray, kind: str | Type) -> np.ndarray:
    """The weights (rows, n) float32 that encoded rows (rows, row_bytes) uint8 stand for.

    kind: a type of `FIELDS` or its name. Raises ValueError for another one, or when blocks do not fill the rows.

    >>> block = np.zeros((1, 18), np.uint8)
    >>> block[0, :2], block[0, 2] = np.frombuffer(np.float16(0.5).tobytes(), np.uint8), 0x9F
    >>> decode(block, "Q4_0")[0, [0, 1, 16]]
    array([ 3.5, -4. ,  0.5], dtype=float32)
    """
    kind = TYPES.get(kind, kind) if isinstance(kind, str) else kind
    name = getattr(kind, "name", kind)
    if name not in FIELDS:
        raise ValueError(f"no decoder for {name}; there are: {', '.join(FIELDS)}")
    data = np.asarray(data)
    if data.dtype != np.uint8 or data.ndim != 2 or data.shape[1] % kind.size:
        raise ValueError(
            f"{name} takes rows of whole blocks of {kind.size} bytes, (rows, row_bytes) uint8, "
            f"not {data.shape} {data.dtype}"
        )
    blocks = data.reshape(-1, kind.size)
    parts = np.split(blocks, np.cumsum(list(FIELDS[name].values()))[:-1], axis=1)
    weights = _DECODERS[name](*parts)
    return weights.reshape(len(data), -1)


def half(two_bytes: np.ndarray) -> np.ndarray:
    """Little-endian float16 numbers (blocks, 2) uint8 as (blocks, 1) float32."""
    return np.ascontiguousarray(two_bytes).view("<f2").astype(np.float32)


def planes(packed: np.ndarray, bits: int) -> np.ndarray:
    """Codes of `bits` bits packed into bytes (..., n), as (..., 8 / bits, n): all lowest ones first, then the next.

    This is the order that the formats use: a byte holds codes that are n weights apart, so that one shift of a vector
    register gives n neighboring codes.
    """
    shifts = np.arange(0, 8, bits, dtype=np.uint8)[:, None]
    return packed[..., None, :] >> shifts & np.uint8(2**bits - 1)


def high_bits(four_bytes: np.ndarray) -> np.ndarray:
    """The fifth bit of 32 codes (blocks, 4): bit j of the word belongs to weight j. (blocks, 32), 0 or 16."""
    return np.unpackbits(four_bytes, axis=1, bitorder="little") << 4


def scales_and_mins(twelve: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Eight scales and eight minima of 6 bits each, from the 12 bytes of Q4_K and Q5_K: (blocks, 8) each.

    Numbers 0 to 3 fill the low six bits of a byte. The high two bits of those bytes belong to numbers 4 to 7, whose
    low four bits share the last four bytes.
    """
    first, second, last = np.split(twelve, 3, axis=1)
    scales = np.hstack([first & 63, last & 15 | first >> 6 << 4])
    mins = np.hstack([second & 63, last >> 4 | second >> 6 << 4])
    return scales, mins


# Blocks of 32: one scale, sometimes one offset.


def _q4_0(d, qs):
    return half(d) * (_codes(qs, 4) - 8)


def _q4_1(d, m, qs):
    return half(d) * _codes(qs, 4) + half(m)


def _q5_0(d, qh, qs):
    return half(d) * (_codes(qs, 4) + high_bits(qh) - 16)


def _q5_1(d, m, qh, qs):
    return half(d) * (_codes(qs, 4) + high_bits(qh)) + half(m)


def _q8_0(d, qs):
    return half(d) * qs.view(np.int8)


def _iq4_nl(d, qs):
    return half(d) * IQ4_NL[planes(qs, 4).reshape(-1, 32)]


def _mxfp4(e, qs):
    # a power of two; 127 stands for 1
    return np.ldexp(np.float32(1), e.astype(np.int32) - 127) * E2M1[planes(qs, 4).reshape(-1, 32)]


def _codes(packed: np.ndarray, bits: int) -> np.ndarray:
    """Codes as float32, so that subtracting an offset cannot wrap around: (blocks, weights)."""
    return planes(packed, bits).reshape(len(packed), -1).astype(np.float32)


# Super-blocks of 256: the scales of their parts are small integers times d.


def _q2_k(scales, qs, d, dmin):
    scale, low = half(d) * (scales & 15), half(dmin) * (scales >> 4)  # (blocks, 16)
    codes = _codes(qs.reshape(-1, 32), 2).reshape(-1, 16, 16)  # 16 parts of 16 weights
    return scale[:, :, None] * codes - low[:, :, None]


def _q3_k(hmask, qs, scales, d):
    low, high = planes(scales[:, :8], 4), planes(scales[:, 8:], 2)  # (blocks, 2, 8), (blocks, 4, 4)
    scale = low.reshape(-1, 16) | high.reshape(-1, 16) << 4
    codes = _codes(qs.reshape(-1, 32), 2).reshape(-1, 16, 16)
    codes += 4 * _codes(hmask, 1).reshape(-1, 16, 16) - 4  # -4 .. 3
    return (half(d) * (scale.astype(np.float32) - 32))[:, :, None] * codes


def _q4_k(d, dmin, scales, qs):
    return _offset_parts(d, dmin, scales, _codes(qs.reshape(-1, 32), 4))


def _q5_k(d, dmin, scales, qh, qs):
    codes = _codes(qs.reshape(-1, 32), 4).reshape(-1, 256) + 16 * _codes(qh, 1)
    return _offset_parts(d, dmin, scales, codes)


def _offset_parts(d, dmin, scales, codes):
    """Q4_K and Q5_K: eight parts of 32 weights, each with a scale and a minimum of its own."""
    scale, low = scales_and_mins(scales)  # (blocks, 8)
    scale, low = half(d) * scale, half(dmin) * low
    return scale[:, :, None] * codes.reshape(-1, 8, 32) - low[:, :, None]


def _q6_k(ql, qh, scales, d):
    low = _codes(ql.reshape(-1, 64), 4).reshape(-1, 256)
    high = _codes(qh.reshape(-1, 32), 2).reshape(-1, 256)
    codes = (low + 16 * high - 32).reshape(-1, 16, 16)  # 16 parts of 16 weights
    return (half(d) * scales.view(np.int8))[:, :, None] * codes


_DECODERS = {
    "Q4_0": _q4_0,
    "Q4_1": _q4_1,
    "Q5_0": _q5_0,
    "Q5_1": _q5_1,
    "Q8_0": _q8_0,
    "Q2_K": _q2_k,
    "Q3_K": _q3_k,
    "Q4_K": _q4_k,
    "Q5_K": _q5_k,
    "Q6_K": _q6_k,
    "IQ4_NL": _iq4_nl,
    "MXFP4": _mxfp4,
}
