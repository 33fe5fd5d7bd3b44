"""Small integers packed into 32-bit words, as GPTQ checkpoints store codes and zero points."""

import numpy as np

# Eight codes, one in each byte, are one 64-bit word. In three steps neighboring fields move together: fields of
# one code become fields of two, of four, of eight. The eight codes end up in the lowest `bits` bytes.
STEPS = (1, 2, 4)  # codes in a field before each step


def pack(values: np.ndarray, bits: int) -> np.ndarray:
    """Integers (n, m) uint8 as one little-endian bit stream down each column: (n*bits/32, m) int32.

    Value k of a column takes bits k*bits to k*bits + bits - 1 of its stream; a 3-bit value may lie in two words.
    Fastest where columns are contiguous, as those of `codes.T` are.
    Raises ValueError when n*bits is no multiple of 32, or a value does not fit in `bits` bits.
    """
    n, m = values.shape
    if n * bits % 32:
        raise ValueError(f"{n} values of {bits} bits do not fill words of 32 bits")
    if values.size and values.max() >> bits:
        raise ValueError(f"the value {values.max()} does not fit in {bits} bits")
    octets = np.ascontiguousarray(values.T)
    if bits < 8:
        words = octets.view("<u8")
        for codes in STEPS:
            words = (words | words >> np.uint64(codes * (8 - bits))) & _fields(2 * codes, bits)
        octets = words.view(np.uint8).reshape(m, -1, 8)[:, :, :bits].reshape(m, -1)
    return np.array(np.ascontiguousarray(octets).view("<i4").T, order="C")


def unpack(words: np.ndarray, bits: int) -> np.ndarray:
    """The inverse of `pack`: (n*bits/32, m) int32 to (n, m) uint8, with contiguous columns."""
    m = words.shape[1]
    octets = np.ascontiguousarray(words.T, "<i4").view(np.uint8)
    if bits < 8:
        wide = np.zeros((m, octets.shape[1] // bits, 8), np.uint8)
        wide[:, :, :bits] = octets.reshape(m, -1, bits)
        spread = wide.view("<u8")[:, :, 0]
        for codes in reversed(STEPS):
            spread = (spread | spread << np.uint64(codes * (8 - bits))) & _fields(codes, bits)
        octets = spread.view(np.uint8)
    return octets.T


def _fields(codes: int, bits: int) -> np.uint64:
    """Ones where the fields of `codes` codes lie in a 64-bit word: one field every `codes` bytes."""
    field = 2 ** (codes * bits) - 1
    return np.uint64(sum(field << 8 * byte for byte in range(0, 8, codes)))
