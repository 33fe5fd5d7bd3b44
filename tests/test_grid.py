import numpy as np
import pytest

from fourbit.grid import BITS, SMALLEST_SCALE, fit_grid, quantize_rtn

rng = np.random.default_rng(0)
WEIGHTS = rng.standard_normal((8, 64)).astype(np.float32)


@pytest.mark.parametrize("bits", BITS)
@pytest.mark.parametrize("group_size", [16, 32, 64, -1])
@pytest.mark.parametrize("symmetric", [True, False])
def test_error_is_at_most_half_a_step_except_at_the_cut_end(bits, group_size, symmetric):
    q = quantize_rtn(WEIGHTS, bits, group_size, symmetric)
    groups = 1 if group_size == -1 else 64 // group_size
    assert q.codes.shape == WEIGHTS.shape and q.codes.max() < 2**bits
    assert q.scales.shape == q.zeros.shape == (8, groups)
    step = q.scales[:, q.g_idx].astype(np.float32)
    error = np.abs(q.dequantize() - WEIGHTS) / step
    top = q.codes == 2**bits - 1
    assert error[~top].max() <= 0.5 + 1e-3
    assert error.max() <= 1.0 + 2**bits * 2e-3  # the stored scale is off by up to 2**-11


def test_codes_are_the_nearest_on_the_stored_grid():
    q = quantize_rtn(WEIGHTS, 3, 16, symmetric=False)
    step = q.scales[:, q.g_idx].astype(np.float32)
    offset = q.zeros[:, q.g_idx].astype(np.float32)
    every = (np.arange(8)[:, None, None] - offset) * step  # all values each weight could have taken
    assert np.array_equal(np.abs(every - WEIGHTS).min(axis=0), np.abs(q.dequantize() - WEIGHTS))


def test_symmetric_grid_is_that_of_the_paper_and_cuts_the_top():
    scale, zero = fit_grid(np.array([[-1.5, 0.4], [0.4, 1.5]]), bits=4, symmetric=True)
    assert scale.tolist() == [np.float16(0.2)] * 2 and zero.tolist() == [8, 8]
    q = quantize_rtn(np.array([[-1.5, 0.4], [0.4, 1.5]]), 4, 2)
    assert np.allclose(q.dequantize(), [[-1.6, 0.4], [0.4, 1.4]], atol=1e-3)


def test_asymmetric_grid_keeps_zero_exact_and_one_sided_groups_in_range():
    W = np.array([[0.0, 1.0, 2.0, 3.0], [-3.0, -1.0, 0.0, 0.0], [6.0, 6.0, 6.0, 6.0]])
    q = quantize_rtn(W, 2, 4, symmetric=False)
    assert np.array_equal(q.dequantize(), W)


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("value", [0.0, 1e-30, -1e-30])
def test_a_group_of_almost_nothing_becomes_zeros(symmetric, value):
    q = quantize_rtn(np.full((2, 32), value), 4, 16, symmetric)
    assert not q.dequantize().any()
    assert (q.scales == np.float16(SMALLEST_SCALE)).all()


def test_rtn_rounds_each_weight_by_itself():
    changed = WEIGHTS.copy()
    changed[:, 1:16] *= 0.9  # stays below the largest weight of the group in column 0
    changed[:, 0] = WEIGHTS[:, 0] = 9.0
    before, after = (quantize_rtn(W, 4, 16).codes for W in (WEIGHTS, changed))
    assert np.array_equal(before[:, 0], after[:, 0])
    assert np.array_equal(before[:, 16:], after[:, 16:])


@pytest.mark.parametrize(
    "W, arguments, message",
    [
        (
            np.zeros((4, 576)),
            {"group_size": 128},
            "group size 128 does not divide the width 576.*32, 64, 96, 192;",
        ),
        (np.zeros((4, 64)), {"bits": 5, "group_size": 64}, r"bits must be one of \(2, 3, 4, 8\), got 5"),
        (np.zeros((4, 64)), {"group_size": 0}, "group size 0 does not divide"),
        (np.zeros(64), {"group_size": 64}, r"must be a matrix \(d_out, d_in\), got shape \(64,\)"),
        (
            np.array([[0.0, np.nan], [np.inf, 0]]),
            {"group_size": 2},
            r"2 weights are not finite.*\(nan\) at \[0, 1\]",
        ),
        (np.array([[0.0, 1e9]]), {"group_size": 2}, "a group spans 2e\\+09: its scale does not fit float16"),
    ],
)
def test_bad_input_is_named(W, arguments, message):
    with pytest.raises(ValueError, match=message):
        quantize_rtn(W, **arguments)
