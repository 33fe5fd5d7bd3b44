"""The decoders against ggml's own (libgguf) and against gguf.quants: equal to the last bit."""

import gguf
import libgguf
import numpy as np
import pytest

from fourbit.gguf.decode import FIELDS, decode
from fourbit.gguf.types import TYPES

NAMES = list(FIELDS)
HALVES = ("d", "m", "dmin")


def random_rows(name, rows=64, blocks=4):
    """Rows of random bytes, but for scales that are finite numbers of every size, subnormal ones included."""
    rng = np.random.default_rng(TYPES[name].id)
    data = rng.integers(0, 256, (rows, blocks, TYPES[name].size), dtype=np.uint8)
    start = 0
    for field, size in FIELDS[name].items():
        if field in HALVES:
            number = rng.integers(0, 0x7C00, (rows, blocks, 1)) | rng.integers(0, 2, (rows, blocks, 1)) << 15
            data[..., start : start + size] = number.astype("<u2").view(np.uint8)
        elif field == "e":  # above 252 the largest code does not fit float32; 255 means not a number
            data[..., start] = np.minimum(data[..., start], 252)
        start += size
    return data.reshape(rows, -1)


def bits(values):
    return np.ascontiguousarray(values, np.float32).view(np.uint32)


def theirs(data, name):
    yield libgguf.dequantize_rows(data, TYPES[name].id)
    yield gguf.quants.dequantize(data, gguf.GGMLQuantizationType[name])


@pytest.mark.parametrize("name", NAMES)
def test_fields_fill_the_block(name):
    assert sum(FIELDS[name].values()) == TYPES[name].size


@pytest.mark.parametrize("name", NAMES)
def test_random_bytes_decode_as_theirs(name):
    data = random_rows(name)
    own = decode(data, name)
    assert own.dtype == np.float32
    assert own.shape == (64, 4 * TYPES[name].block)
    assert np.isfinite(own).all()
    for other in theirs(data, name):
        np.testing.assert_array_equal(bits(own), bits(other))


@pytest.mark.parametrize("name", NAMES)
def test_encoded_weights_decode_as_theirs_and_come_close(name):
    weights = np.random.default_rng(1).standard_normal((16, 512)).astype(np.float32)
    data = libgguf.quantize_rows(weights, TYPES[name].id)
    own = decode(data, TYPES[name])
    for other in theirs(data, name):
        np.testing.assert_array_equal(bits(own), bits(other))
    error = ((own - weights) ** 2).mean()
    assert error < 0.1 if name == "Q2_K" else error < 0.035


def test_every_exponent_of_mxfp4():
    data = np.zeros((253, 17), np.uint8)
    data[:, 0], data[:, 1:] = np.arange(253), np.arange(16) * 17  # each pair of equal codes
    own = decode(data, "MXFP4")
    for other in theirs(data, "MXFP4"):
        np.testing.assert_array_equal(bits(own), bits(other))
    assert own[127, 7] == 6 and own[127, 23] == 6


@pytest.mark.parametrize(
    "data, kind, message",
    [
        (np.zeros((1, 18), np.uint8), "IQ1_S", "no decoder for IQ1_S; there are: Q4_0"),
        (np.zeros((1, 18), np.uint8), "q4", "no decoder for q4"),
        (np.zeros((1, 19), np.uint8), "Q4_0", "blocks of 18 bytes.*\\(1, 19\\) uint8"),
        (np.zeros(18, np.uint8), "Q4_0", "\\(18,\\) uint8"),
        (np.zeros((1, 18), np.int8), "Q4_0", "int8"),
    ],
)
def test_what_cannot_be_decoded_says_why(data, kind, message):
    with pytest.raises(ValueError, match=message):
        decode(data, kind)
