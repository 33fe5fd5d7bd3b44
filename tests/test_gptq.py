"""The mathematics of GPTQ, proved on matrices small enough to check by other means."""

import itertools

import numpy as np
import pytest

from fourbit.gptq import gptq, hessian, inverse_factor, relative_error
from fourbit.grid import fit_grid, quantize_rtn, round_to_grid

rng = np.random.default_rng(1)


def correlated_inputs(tokens: int, width: int) -> np.ndarray:
    mix = rng.standard_normal((width, width)) * np.exp(-np.arange(width) / (width / 6))[:, None]
    return rng.standard_normal((tokens, width)) @ mix


X = correlated_inputs(512, 64)
H = hessian(X)
W = rng.standard_normal((16, 64))


def textbook(W, H, bits, group_size, symmetric=True, damp=0.01):
    """Optimal Brain Quantization in a fixed order: the inverse is reduced after each column."""
    W, d = W.copy(), W.shape[1]
    inverse = np.linalg.inv(H + damp * np.diag(H).mean() * np.eye(d))
    result = np.empty_like(W)
    for j in range(d):
        if j % group_size == 0:
            scale, zero = fit_grid(W[:, j : j + group_size], bits, symmetric)
        codes = round_to_grid(W[:, j], scale, zero, bits)
        result[:, j] = (codes - zero.astype(float)) * scale.astype(float)
        W -= np.outer((W[:, j] - result[:, j]) / inverse[j, j], inverse[j])
        inverse -= np.outer(inverse[:, j], inverse[j]) / inverse[j, j]
    return result


@pytest.mark.parametrize("static_groups", [True, False])
@pytest.mark.parametrize("order", ["none", "activation"])
@pytest.mark.parametrize("symmetric", [True, False])
def test_identity_hessian_gives_round_to_nearest(static_groups, order, symmetric):
    plain = quantize_rtn(W, 3, 16, symmetric)
    q = gptq(W, np.eye(64), 3, 16, symmetric, order=order, static_groups=static_groups)
    assert np.array_equal(q.codes, plain.codes)
    assert np.array_equal(q.scales, plain.scales) and np.array_equal(q.zeros, plain.zeros)


@pytest.mark.parametrize("bits", [2, 3, 4, 8])
@pytest.mark.parametrize("group_size", [16, 64])
def test_equals_the_textbook_elimination(bits, group_size):
    q = gptq(W, H, bits, group_size, static_groups=False)
    exact = (q.codes - q.zeros[:, q.g_idx].astype(float)) * q.scales[:, q.g_idx].astype(float)
    assert np.abs(exact - textbook(W, H, bits, group_size)).max() < 1e-9


def test_the_factor_holds_the_rows_of_every_reduced_inverse():
    U = inverse_factor(H, 0.01)
    inverse = np.linalg.inv(H + 0.01 * np.diag(H).mean() * np.eye(64))
    assert np.allclose(U, np.triu(U))
    for j in range(64):
        assert np.allclose(U[j, j] * U[j], inverse[j], rtol=1e-6, atol=1e-9 * abs(inverse).max())
        inverse -= np.outer(inverse[:, j], inverse[j]) / inverse[j, j]


def test_loss_is_the_quadratic_form_of_the_error():
    q = gptq(W, H, 3, 16)
    E = W - q.dequantize()
    damped = H + 0.01 * np.diag(H).mean() * np.eye(64)
    assert q.loss == pytest.approx(0.5 * np.trace(E @ damped @ E.T), rel=1e-5)


def test_never_beats_brute_force_and_often_reaches_it():
    reached = reached_by_rounding = 0
    for trial in range(200):
        w = rng.standard_normal((1, 4))
        x = correlated_inputs(32, 4)
        G = hessian(x)
        q = gptq(w, G, 2, 4, damp=0.0)
        scale, zero = q.scales[0, 0].astype(float), float(q.zeros[0, 0])
        every = (np.array(list(itertools.product(range(4), repeat=4))) - zero) * scale
        losses = 0.5 * np.einsum("ki,ij,kj->k", w - every, G, w - every)
        assert q.loss >= losses.min() * (1 - 1e-6)
        reached += q.loss <= losses.min() * (1 + 1e-6)
        E = w - quantize_rtn(w, 2, 4).dequantize()
        reached_by_rounding += 0.5 * (E @ G @ E.T).item() <= losses.min() * (1 + 1e-6)
    assert 2 * reached_by_rounding < reached < 200  # greedy: often optimal, not always


@pytest.mark.parametrize("static_groups", [True, False])
def test_first_group_keeps_the_grid_of_rounding(static_groups):
    q, plain = gptq(W, H, 4, 16, static_groups=static_groups), quantize_rtn(W, 4, 16)
    assert np.array_equal(q.scales[:, 0], plain.scales[:, 0])
    assert np.array_equal(q.scales[:, 1], plain.scales[:, 1]) == static_groups


@pytest.mark.parametrize("bits", [2, 3, 4])
def test_weights_get_worse_and_outputs_better(bits):
    q, plain = gptq(W, H, bits, 16).dequantize(), quantize_rtn(W, bits, 16).dequantize()
    unseen = hessian(X[::2])
    assert ((W - q) ** 2).sum() > ((W - plain) ** 2).sum()
    assert relative_error(W, q, unseen) < 0.7 * relative_error(W, plain, unseen)


def test_uncorrelated_inputs_leave_nothing_to_gain():
    independent = hessian(rng.standard_normal((100_000, 64)))
    q, plain = gptq(W, independent, 3, 16), quantize_rtn(W, 3, 16)
    ratio = relative_error(W, q.dequantize(), independent) / relative_error(
        W, plain.dequantize(), independent
    )
    assert 0.9 < ratio < 1.05


@pytest.mark.parametrize("order", ["none", "activation"])
def test_rows_are_independent(order):
    shuffled = rng.permutation(16)
    assert np.array_equal(
        gptq(W[shuffled], H, 4, 16, order=order).codes, gptq(W, H, 4, 16, order=order).codes[shuffled]
    )


@pytest.mark.parametrize("static_groups", [True, False])
def test_activation_order_does_not_depend_on_the_order_columns_arrive_in(static_groups):
    """One group a row, so that shuffling columns does not change which weights share a grid."""
    shuffled = rng.permutation(64)
    options = dict(bits=3, group_size=-1, order="activation", static_groups=static_groups)
    q = gptq(W, H, **options)
    r = gptq(W[:, shuffled], H[np.ix_(shuffled, shuffled)], **options)
    assert np.array_equal(r.codes, q.codes[:, shuffled])


def test_groups_under_activation_order():
    ranks = np.argsort(np.argsort(-np.diag(H), kind="stable"))
    dynamic = gptq(W, H, 4, 16, order="activation", static_groups=False)
    static = gptq(W, H, 4, 16, order="activation", static_groups=True)
    assert np.array_equal(dynamic.g_idx, ranks // 16)
    assert np.array_equal(static.g_idx, np.arange(64) // 16)
    for q in (dynamic, static):
        assert relative_error(W, q.dequantize(), H) < relative_error(
            W, quantize_rtn(W, 4, 16).dequantize(), H
        )


@pytest.mark.parametrize("group_size", [8, 16, 32, 64])
@pytest.mark.parametrize("block_size", [1, 16, 24, 64, 1000])
def test_blocks_change_speed_not_results(group_size, block_size):
    options = dict(bits=4, group_size=group_size, static_groups=False)
    if block_size < group_size and block_size == 1:
        options["group_size"] = -1
    eager = gptq(W, H, block_size=64, **options)
    assert np.array_equal(gptq(W, H, block_size=block_size, **options).codes, eager.codes)


def test_single_precision_agrees_with_double():
    single, double = gptq(W.astype(np.float32), H, 4, 16), gptq(W, H, 4, 16)
    assert (single.codes == double.codes).mean() > 0.99  # ties may fall either way
    assert single.loss == pytest.approx(double.loss, rel=1e-2)


def test_scaling_the_hessian_changes_nothing():
    assert np.array_equal(gptq(W, 1000 * H, 3, 16).codes, gptq(W, H, 3, 16).codes)


def test_dead_columns_are_rounded_and_disturb_nobody():
    dead = np.array([3, 20, 41])
    inputs = X.copy()
    inputs[:, dead] = 0
    alive = np.setdiff1d(np.arange(64), dead)
    q = gptq(W, hessian(inputs), 4, -1)
    plain = quantize_rtn(W, 4, -1)
    assert np.array_equal(q.codes[:, dead], plain.codes[:, dead])
    inputs[:, dead] = 0
    assert not np.array_equal(q.codes[:, alive], plain.codes[:, alive])
    assert np.array_equal(gptq(W, np.zeros((64, 64)), 4, 16).codes, quantize_rtn(W, 4, 16).codes)


def test_damping_is_raised_with_a_warning_until_the_factorization_succeeds():
    few = hessian(X[:8])  # rank 8 of 64: not positive definite without damping
    with pytest.warns(
        UserWarning, match="not positive definite; damping raised from 0 to 0.01; more calibration"
    ):
        q = gptq(W, few, 4, 16, damp=0.0)
    assert np.isfinite(q.loss)
    with pytest.raises(ValueError, match="even with damping 1: it is not of the form"):
        gptq(W, -H, 4, 16, damp=0.0)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"H": H[:5, :5]}, r"of width 64 is \(64, 64\), got \(5, 5\)"),
        ({"H": np.full((64, 64), np.nan)}, "Hessian is not finite"),
        ({"W": np.full((2, 64), np.inf)}, "128 weights are not finite"),
        ({"group_size": 48}, "group size 48 does not divide the width 64"),
        ({"order": "random"}, "order must be"),
    ],
)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        gptq(**{"W": W, "H": H, "group_size": 16, **arguments})
