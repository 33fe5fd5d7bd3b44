"""From codes and scales to the bytes of GGUF's blocks.

Source of the layouts: ggml/src/ggml-common.h and ggml-quants.c of llama.cpp. Arrays are (n, ...) with a block (a
super-block of 256 for K-quants) in each row; codes count from 0.
"""

import numpy as np


def pack(name: str, codes: np.ndarray, d: np.ndarray, a: np.ndarray, e=None, b=None) -> np.ndarray:
    """Blocks uint8 (n, block bytes) of type `name`.

    codes (n, 32 or 256) uint8;  d, e (n,) float16, e what is added to weights;  a, b (n, blocks) integers
    """
    return np.ascontiguousarray(np.concatenate(PACKERS[name](codes, _octets(d), a, e, b), axis=1))


def _octets(values: np.ndarray) -> np.ndarray:
    return values.astype("<f2").reshape(-1, 1).view(np.uint8)


def _nibbles(codes: np.ndarray, half: int) -> np.ndarray:
    """Two 4-bit codes in a byte: those `half` apart."""
    pairs = codes.reshape(len(codes), -1, 2, half) & 15
    return (pairs[:, :, 0] | pairs[:, :, 1] << 4).reshape(len(codes), -1)


def _pairs(codes: np.ndarray) -> np.ndarray:
    """Four 2-bit codes in a byte: those 32 apart."""
    four = codes.reshape(len(codes), -1, 4, 32) & 3
    return (four[:, :, 0] | four[:, :, 1] << 2 | four[:, :, 2] << 4 | four[:, :, 3] << 6).reshape(
        len(codes), -1
    )


def _planes(bits: np.ndarray) -> np.ndarray:
    """Bit k of byte l is that of code 32 k + l."""
    return np.packbits(bits.reshape(len(bits), 8, 32), axis=1, bitorder="little").reshape(len(bits), 32)


def _fifth(codes: np.ndarray) -> np.ndarray:
    """Bit j of four bytes is the fifth bit of code j."""
    return np.packbits(codes >> 4, axis=1, bitorder="little")


def _six_bits(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Eight scales and eight minima of 6 bits in 12 bytes (Q4_K, Q5_K)."""
    a, b = a.astype(np.uint8), b.astype(np.uint8)
    return np.concatenate(
        (a[:, :4] | a[:, 4:] >> 4 << 6, b[:, :4] | b[:, 4:] >> 4 << 6, a[:, 4:] & 15 | (b[:, 4:] & 15) << 4),
        axis=1,
    )


def _q3_scales(a: np.ndarray) -> np.ndarray:
    """Sixteen scales of 6 bits, stored as a + 32, in 12 bytes."""
    a = (a + 32).astype(np.uint8)
    top = a.reshape(-1, 4, 4) >> 4
    return np.concatenate(
        (a[:, :8] & 15 | (a[:, 8:] & 15) << 4, top[:, 0] | top[:, 1] << 2 | top[:, 2] << 4 | top[:, 3] << 6),
        axis=1,
    )


def _q6(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    low = codes.reshape(len(codes), 2, 2, 64) & 15
    return (low[:, :, 0] | low[:, :, 1] << 4).reshape(len(codes), 128), _pairs(codes >> 4)


PACKERS = {
    "Q4_0": lambda q, d, a, e, b: (d, _nibbles(q, 16)),
    "Q4_1": lambda q, d, a, e, b: (d, _octets(e), _nibbles(q, 16)),
    "Q5_0": lambda q, d, a, e, b: (d, _fifth(q), _nibbles(q, 16)),
    "Q5_1": lambda q, d, a, e, b: (d, _octets(e), _fifth(q), _nibbles(q, 16)),
    "Q8_0": lambda q, d, a, e, b: (d, (q.astype(np.int16) - 127).astype(np.int8).view(np.uint8)),
    "Q2_K": lambda q, d, a, e, b: ((a + 16 * b).astype(np.uint8), _pairs(q), d, _octets(-e)),
    "Q3_K": lambda q, d, a, e, b: (_planes(q >> 2), _pairs(q), _q3_scales(a), d),
    "Q4_K": lambda q, d, a, e, b: (d, _octets(-e), _six_bits(a, b), _nibbles(q, 32)),
    "Q5_K": lambda q, d, a, e, b: (d, _octets(-e), _six_bits(a, b), _planes(q >> 4), _nibbles(q, 32)),
    "Q6_K": lambda q, d, a, e, b: (*_q6(q), a.astype(np.int8).view(np.uint8), d),
}
