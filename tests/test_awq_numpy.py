"""The mathematics of AWQ, proved on matrices small enough to check by other means."""

import numpy as np
import pytest

from fourbit.awq import RATIOS, SHRINK, awq, channel_scales, quantize_clipped, search_scales
from fourbit.gptq import gptq, hessian, relative_error
from fourbit.grid import fit_grid, quantize_rtn, round_to_grid

rng = np.random.default_rng(4)
LOUD = np.array([5, 20, 41])
volume = np.exp(0.3 * rng.standard_normal(64))
volume[LOUD] *= 20
X, UNSEEN = (rng.standard_normal((4096, 64)) * volume for _ in range(2))
H = hessian(UNSEEN)
W = rng.standard_normal((48, 64))


def error(V: np.ndarray) -> float:
    return relative_error(W, V, H)


ROUNDED = error(quantize_rtn(W, 4, 16, False).dequantize())


def test_powers_of_two_change_no_bit_of_the_output():
    s = 2.0 ** rng.integers(-3, 4, 64)
    assert np.array_equal((X / s) @ (W * s).T, X @ W.T)


def test_ratio_zero_is_plain_rounding_and_the_best_ratio_is_taken():
    s, errors = search_scales(W, X, 4, 16)
    assert len(errors) == len(RATIOS) and RATIOS[0] == 0
    plain = quantize_rtn(W, 4, 16, False).dequantize()
    assert errors[0] == pytest.approx(relative_error(W, plain, hessian(X)))
    best = int(errors.argmin())
    assert 0 < best < len(RATIOS) - 1
    assert np.allclose(s, channel_scales(np.abs(X).mean(axis=0), RATIOS[best]))
    chosen = quantize_rtn(W * s, 4, 16, False).dequantize() / s
    assert relative_error(W, chosen, hessian(X)) == pytest.approx(errors[best])


def test_scales_are_centered_and_follow_the_magnitude():
    magnitude = np.array([0.01, 0.3, 1.0, 25.0])
    for ratio in (0.0, 0.35, 1.0):
        s = channel_scales(magnitude, ratio)
        assert s.max() * s.min() == pytest.approx(1)
        assert np.allclose(s / s[2], magnitude**ratio)


def test_a_silent_channel_keeps_the_scales_finite():
    quiet = channel_scales(np.array([0.0, 1.0, 2.0]), 1.0)
    assert np.isfinite(quiet).all() and quiet[2] / quiet[0] == pytest.approx(1e4)
    assert np.array_equal(channel_scales(np.zeros(3), 0.5), np.ones(3))
    q, s = awq(W, np.zeros((8, 64)), 4, 16)
    plain = quantize_rtn(W, 4, 16, False)
    assert np.array_equal(s, np.ones(64)) and np.array_equal(q.codes, plain.codes)


def test_a_loud_channel_loses_the_scale_factor_and_its_group_keeps_its_step():
    """The claim of the paper's section on scaling, on columns that do not hold their group's extremes."""
    s = np.ones(64)
    s[LOUD] = 1.25
    plain, scaled = quantize_rtn(W, 4, -1), quantize_rtn(W * s, 4, -1)
    kept = (plain.scales == scaled.scales)[:, 0]
    assert kept.mean() > 0.8
    before, after = ((q.dequantize() / t - W)[kept] for q, t in ((plain, 1), (scaled, s)))
    quiet = np.setdiff1d(np.arange(64), LOUD)
    assert np.array_equal(before[:, quiet], after[:, quiet])
    half_step = plain.scales.astype(float)[kept] / 2
    assert (np.abs(after[:, LOUD]) <= half_step / 1.25 + 1e-6).all()


def test_loud_channels_are_what_awq_lives_on():
    q, s = awq(W, X, 4, 16)
    assert error(q.dequantize() / s) < 0.5 * ROUNDED
    assert s[LOUD].min() > np.delete(s, LOUD).max()
    even = X / volume
    _, errors = search_scales(W, even, 4, 16)
    assert errors.min() > 0.95 * errors[0]  # nothing stands out, nothing to gain


@pytest.mark.filterwarnings("ignore:the Hessian is not positive definite")
def test_thirty_two_tokens_are_enough_where_gptq_needs_more():
    few = X[:32]
    q, s = awq(W, few, 4, 16)
    assert error(q.dequantize() / s) < ROUNDED
    assert error(gptq(W, hessian(few), 4, 16, False).dequantize()) > ROUNDED


def test_stacked_layers_share_their_scales():
    upper, lower = W[:16], 5 * W[16:]
    s, errors = search_scales(np.vstack([upper, lower]), X, 4, 16)
    parts = [quantize_rtn(part * s, 4, 16, False).dequantize() / s for part in (upper, lower)]
    joint = relative_error(np.vstack([upper, lower]), np.vstack(parts), hessian(X))
    assert joint == pytest.approx(errors.min())


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("bits", [2, 3, 4])
def test_clipping_takes_the_best_share_of_each_group(bits, symmetric):
    q = quantize_clipped(W, H, bits, 16, symmetric)
    for row, g in ((0, 0), (17, 2), (47, 3)):
        columns = slice(16 * g, 16 * g + 16)
        w, H_group = W[row : row + 1, columns], H[columns, columns]
        losses = []
        for share in SHRINK:
            scale, zero = fit_grid(share * w, bits, symmetric)
            codes = round_to_grid(w, scale[:, None], zero[:, None], bits)
            E = w - (codes.astype(float) - zero) * scale.astype(float)
            losses.append((E @ H_group @ E.T).item())
        E = (w - q.dequantize()[row, columns]).astype(float)
        assert (E @ H_group @ E.T).item() == pytest.approx(min(losses), rel=1e-3)


def test_clipping_helps_where_one_weight_stretches_its_group():
    stretched = W.copy()
    stretched[:, ::16] *= 4  # one large weight a group
    even = hessian(UNSEEN / volume)
    plain = quantize_rtn(stretched, 3, 16, False).dequantize()
    clipped = quantize_clipped(stretched, even, 3, 16).dequantize()
    assert relative_error(stretched, clipped, even) < relative_error(stretched, plain, even)


def test_rows_are_independent_once_the_scales_are_known():
    shuffled = rng.permutation(48)
    q = quantize_clipped(W, H, 4, 16)
    assert np.array_equal(quantize_clipped(W[shuffled], H, 4, 16).codes, q.codes[shuffled])


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"X": X[:, :5]}, r"inputs must be \(tokens, d_in\) for weights \(d_out, d_in\), got \(4096, 5\)"),
        ({"X": X[:0]}, r"got \(0, 64\)"),
        ({"X": np.full((4, 64), np.nan)}, "the inputs are not finite"),
        ({"W": np.full((2, 64), np.inf)}, "128 weights are not finite"),
        ({"group_size": 48}, "group size 48 does not divide the width 64"),
    ],
)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        awq(**{"W": W, "X": X, "group_size": 16, **arguments})


def test_a_hessian_of_another_width_is_named():
    with pytest.raises(ValueError, match=r"of width 64 is \(64, 64\), got \(5, 5\)"):
        quantize_clipped(W, H[:5, :5], 4, 16)
