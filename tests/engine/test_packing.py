import time

import numpy as np
import pytest

from fourbit.engine.checkpoint.packing import pack, unpack

rng = np.random.default_rng(0)


@pytest.mark.parametrize("n", [32, 64, 160])
@pytest.mark.parametrize("bits", [2, 3, 4, 8])
def test_a_column_is_one_bit_stream(bits, n):
    values = rng.integers(2**bits, size=(n, 5)).astype(np.uint8)
    words = pack(values, bits)
    assert words.dtype == np.int32 and words.shape == (n * bits // 32, 5) and words.flags.c_contiguous
    for column in range(5):
        stream = sum(int(word) % 2**32 << 32 * i for i, word in enumerate(words[:, column]))
        assert [stream >> bits * k & (2**bits - 1) for k in range(n)] == values[:, column].tolist()


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("bits", [2, 3, 4, 8])
def test_unpacking_gives_back_the_values(bits, order):
    values = np.asarray(rng.integers(2**bits, size=(96, 7)), np.uint8, order)
    for given in (values, values[::-1], np.zeros_like(values), np.full_like(values, 2**bits - 1)):
        back = unpack(pack(given, bits), bits)
        assert back.dtype == np.uint8 and np.array_equal(back, given)


def test_the_shortest_streams():
    assert pack(np.array([[1], [2], [3], [4]], np.uint8), 8).tolist() == [[0x04030201]]
    assert pack(np.arange(8, dtype=np.uint8)[:, None], 4).tolist() == [[0x76543210]]
    assert pack(np.array([[3]] + [[0]] * 15, np.uint8), 2).tolist() == [[3]]
    assert pack(np.array([[7]] * 11 + [[0]] * 21, np.uint8), 3).tolist() == [
        [-1],
        [1],
        [0],
    ]  # straddles a word


def test_values_that_cannot_be_packed_are_refused():
    with pytest.raises(ValueError, match="12 values of 4 bits do not fill words of 32 bits"):
        pack(np.zeros((12, 3), np.uint8), 4)
    with pytest.raises(ValueError, match="the value 8 does not fit in 3 bits"):
        pack(np.full((32, 1), 8, np.uint8), 3)


@pytest.mark.parametrize("bits", [3, 4])
def test_a_model_of_8_billion_weights_packs_in_under_a_minute(bits):
    codes = rng.integers(2**bits, size=(1024, 4096)).astype(np.uint8)
    seconds = []
    for _ in range(3):
        start = time.process_time()
        pack(codes.T, bits)
        seconds.append(time.process_time() - start)
    assert min(seconds) / codes.size < 60 / 8e9
