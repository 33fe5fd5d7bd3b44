import gguf
import libgguf
import numpy as np
import pytest
from gguf.quants import dequantize

from fourbit.gguf import exact
from fourbit.gguf.types import TYPES
from fourbit.grid import Quantized, quantize_rtn

HOLDERS = {(2, True): "Q4_0", (2, False): "Q4_0", (3, True): "Q4_0", (3, False): "Q4_0"}
HOLDERS |= {(4, True): "Q4_0", (4, False): "Q5_0", (8, True): "Q8_0", (8, False): None}
GROUPS = (32, 64, 96, 192, -1)


def in_groups(width: int, size: int) -> np.ndarray:
    return np.arange(width, dtype=np.int32) // (width if size == -1 else size)


def extremes(bits: int, symmetric: bool, size: int, width: int = 192, seed: int = 0) -> Quantized:
    """Any codes, any zero points, scales over all of float16: more than a quantizer would ever write."""
    rng = np.random.default_rng(seed)
    g_idx = in_groups(width, size)
    scales = rng.integers(0, 0x7C00, (24, g_idx.max() + 1)).astype(np.uint16).view(np.float16)
    zeros = np.full(scales.shape, 2 ** (bits - 1), np.uint8)
    if not symmetric:
        zeros = rng.integers(0, 2**bits, scales.shape).astype(np.uint8)
        zeros[0], zeros[1] = 0, 2**bits - 1
    codes = rng.integers(0, 2**bits, (24, width)).astype(np.uint8)
    codes[:2, ::2], codes[:2, 1::2] = 0, 2**bits - 1
    scales[2:4] *= -1
    scales[4], scales[5] = 0, 2.0**-24
    return Quantized(codes, scales, zeros, g_idx, bits)


def read(blocks: np.ndarray, kind: str, width: int) -> np.ndarray:
    """Decoded by two libraries, which must agree."""
    number = gguf.GGMLQuantizationType[kind]
    ours = dequantize(blocks, number)
    theirs = libgguf.dequantize_rows(blocks, int(number), n_per_row=width).reshape(ours.shape)
    assert np.array_equal(bits_of(ours), bits_of(theirs))
    return ours


def bits_of(weights: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(weights, np.float32).view(np.uint32)


@pytest.mark.parametrize("size", GROUPS)
@pytest.mark.parametrize(("bits", "symmetric"), HOLDERS)
def test_blocks_hold_every_weight_to_the_last_bit(bits, symmetric, size):
    for seed in range(3):
        q = extremes(bits, symmetric, size, seed=seed)
        counted = exact.steps(q)
        kind = exact.narrowest(counted)
        assert (kind and kind.name) == HOLDERS[bits, symmetric]
        if kind:
            found = read(exact.pack(counted, kind), kind.name, q.codes.shape[1])
            assert np.array_equal(bits_of(found), bits_of(q.dequantize()))


@pytest.mark.parametrize("size", GROUPS)
@pytest.mark.parametrize("bits", [2, 3, 4, 8])
@pytest.mark.parametrize("symmetric", [True, False])
def test_weights_rounded_by_the_grid(bits, symmetric, size):
    q = quantize_rtn(np.random.default_rng(1).standard_normal((16, 192)), bits, size, symmetric)
    counted = exact.steps(q)
    kind = exact.narrowest(counted)
    assert (kind and kind.name) == HOLDERS[bits, symmetric]
    if kind:
        found = read(exact.pack(counted, kind), kind.name, 192)
        assert np.array_equal(bits_of(found), bits_of(q.dequantize()))


def test_wider_types_hold_what_narrower_ones_do():
    q = extremes(3, False, 32)
    for kind in ("Q4_0", "Q5_0", "Q8_0"):
        found = read(exact.pack(exact.steps(q), TYPES[kind]), kind, 192)
        assert np.array_equal(bits_of(found), bits_of(q.dequantize()))


def test_steps_out_of_range_are_never_packed():
    counted = exact.steps(extremes(4, False, 32))
    with pytest.raises(ValueError, match="Q4_0 holds -8 to 7; found -15 to 15"):
        exact.pack(counted, TYPES["Q4_0"])
    with pytest.raises(ValueError, match="Q4_1 holds 0 to 15"):
        exact.pack(exact.steps(extremes(8, True, 32)), TYPES["Q4_1"])


def test_a_block_byte_by_byte():
    codes = (np.arange(32) % 16).astype(np.uint8)[None]
    q = Quantized(codes, np.float16([[0.5]]), np.uint8([[8]]), np.zeros(32, np.int32), 4)
    pairs = bytes(0x11 * j for j in range(16))  # codes j and j + 16 are alike
    assert exact.pack(exact.steps(q), TYPES["Q4_0"]).tobytes() == b"\x00\x38" + pairs
    low = Quantized(codes, np.float16([[0.5]]), np.uint8([[0]]), np.zeros(32, np.int32), 4)
    assert exact.pack(exact.steps(low), TYPES["Q5_0"]).tobytes() == b"\x00\x38" + b"\xff" * 4 + pairs
    assert exact.pack(exact.steps(low), TYPES["Q4_1"]).tobytes() == b"\x00\x38\x00\x80" + pairs
    assert exact.pack(exact.steps(q), TYPES["Q8_0"]).tobytes()[2:4] == bytes([0xF8, 0xF9])  # -8, -7


def test_many_rows_are_packed_as_few(monkeypatch):
    counted = exact.steps(extremes(4, False, 64))
    whole = exact.pack(counted, TYPES["Q5_0"])
    monkeypatch.setattr(exact, "CHUNK", 5 * 192)
    assert np.array_equal(exact.pack(counted, TYPES["Q5_0"]), whole)


def test_zero_points_may_differ_within_a_row_and_stacked_rows_may_have_other_groups():
    parts = [extremes(3, False, 32), extremes(4, True, -1), extremes(2, False, 96)]
    counted = [exact.steps(q) for q in parts]
    stacked = exact.Steps(*(np.concatenate([getattr(s, f) for s in counted]) for f in vars(counted[0])))
    found = read(exact.pack(stacked, TYPES["Q4_0"]), "Q4_0", 192)
    assert np.array_equal(bits_of(found), bits_of(np.concatenate([q.dequantize() for q in parts])))


def change(q: Quantized, **changes) -> Quantized:
    return Quantized(**{f: getattr(q, f) for f in ("codes", "scales", "zeros", "g_idx", "bits")} | changes)


def with_scale(value: float) -> Quantized:
    q = extremes(4, True, 64)
    scales = q.scales.astype(np.float32)
    scales[7, 1] = value
    return change(q, scales=scales)


@pytest.mark.parametrize(
    ("q", "reason"),
    [
        (extremes(4, True, 48, 48), "rows of 48 weights do not fill blocks of 32"),
        (extremes(4, True, 16), "groups of 16 columns are no multiple of 32"),
        (extremes(4, True, 48), "groups of 48 columns are no multiple of 32"),
        (with_scale(np.inf), "some of its scales are not finite"),
        (with_scale(np.nan), "some of its scales are not finite"),
        (with_scale(70000), "some of its scales are no float16 numbers"),
        (with_scale(2.0**-26), "some of its scales are no float16 numbers"),
        (with_scale(1 / 3), "some of its scales are no float16 numbers"),
        (
            change(extremes(4, True, 64), g_idx=np.random.default_rng(0).permutation(in_groups(192, 64))),
            "groups are scattered over the columns",
        ),
    ],
)
def test_what_no_block_can_hold_is_named(q, reason):
    assert reason in exact.obstacle(q)
    with pytest.raises(ValueError, match=reason):
        exact.steps(q)


def test_bfloat16_scales_are_exact_from_two_to_the_minus_seventeen_up():
    patterns = np.arange(1, 0x7F80, dtype=np.uint32)  # all positive finite bfloat16
    scales = (patterns << 16).view(np.float32)
    inside = scales[(scales >= 2.0**-17) & (scales < 65536)]
    q = Quantized(
        np.full((len(inside), 32), 3, np.uint8), inside[:, None], np.full((len(inside), 1), 8, np.uint8),
        np.zeros(32, np.int32), 4,
    )  # fmt: skip
    found = read(exact.pack(exact.steps(q), TYPES["Q4_0"]), "Q4_0", 32)
    assert np.array_equal(bits_of(found), bits_of(q.dequantize())) and len(inside) == 33 * 128
    below = change(
        q, scales=np.float32(2.0**-17 * 0.99609375).reshape(1, 1), codes=q.codes[:1], zeros=q.zeros[:1]
    )
    assert "no float16" in exact.obstacle(below)


def test_whole_blocks_in_another_order_are_held_as_they_are():
    q = change(extremes(4, True, 64), g_idx=in_groups(192, 64)[::-1].copy())
    assert exact.scattered(q) and exact.obstacle(q) is None
    found = read(exact.pack(exact.steps(q), TYPES["Q4_0"]), "Q4_0", 192)
    assert np.array_equal(bits_of(found), bits_of(q.dequantize()))


def test_scattered_groups_are_held_with_their_columns_sorted():
    g_idx = np.random.default_rng(0).permutation(in_groups(192, 64))
    q = change(extremes(4, False, 64), g_idx=g_idx)
    together, order = exact.sort_columns(q)
    assert np.array_equal(together.g_idx, in_groups(192, 64)) and sorted(order) == list(range(192))
    found = read(exact.pack(exact.steps(together), TYPES["Q5_0"]), "Q5_0", 192)
    assert np.array_equal(bits_of(found), bits_of(q.dequantize()[:, order]))
    moved = exact.take_rows(q, order[:24].argsort())
    assert np.array_equal(moved.dequantize(), q.dequantize()[order[:24].argsort()])


def test_q4_1_rounds_nothing_but_its_minimum():
    q = quantize_rtn(np.random.default_rng(2).standard_normal((64, 192)), 4, 32, symmetric=False)
    counted = exact.steps(q)
    assert exact.fits_q4_1(counted)
    found = read(exact.pack(counted, TYPES["Q4_1"]), "Q4_1", 192).reshape(64, 6, 32)
    expected = q.dequantize().reshape(64, 6, 32)
    wanted = -q.scales.astype(np.float32) * q.zeros
    error = np.abs(found - expected).max(axis=-1)
    assert (
        np.allclose(error, np.abs(exact.minima(counted) - wanted), rtol=1e-3, atol=1e-8) and error.max() > 0
    )
    assert (error[np.isin(q.zeros, (0, 1, 2, 4, 8))] == 0).all()  # powers of two round nothing
    assert (error <= np.abs(wanted) * 2.0**-11 * 1.001).all()


def test_q4_1_cannot_hold_what_overflows_or_other_bits():
    huge = change(extremes(4, False, 32), scales=np.full((24, 6), 60000, np.float16))
    assert not exact.fits_q4_1(exact.steps(huge))
    assert not exact.fits_q4_1(exact.steps(extremes(8, True, 32)))
