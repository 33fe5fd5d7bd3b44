import numpy as np
import pytest
import torch

from fourbit.engine import scratch
from fourbit.engine.hessian import Hessian
from fourbit.engine.solve import factor, solve
from fourbit.gptq import gptq, hessian
from fourbit.grid import quantize_rtn

D_OUT, D_IN = 48, 128


def layer(seed: int = 0, tokens: int = 1024, d_in: int = D_IN, d_out: int = D_OUT):
    """Weights and correlated inputs, some of them loud."""
    rng = np.random.default_rng(seed)
    loudness = np.exp(rng.standard_normal(d_in) / 2)
    loudness[rng.choice(d_in, 3)] *= 8
    X = (rng.standard_normal((tokens, 24)) @ rng.standard_normal((24, d_in)) / 5
         + 0.3 * rng.standard_normal((tokens, d_in))) * loudness  # fmt: skip
    return rng.standard_normal((d_out, d_in)).astype(np.float32), X


def error(W, q, H) -> float:
    E = W.astype(np.float64) - q.dequantize()
    return float(np.vdot(E @ H, E) / np.vdot(W @ H, W))


@pytest.mark.parametrize("order", ["none", "activation"])
@pytest.mark.parametrize("static_groups", [True, False])
@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("bits", [2, 3, 4, 8])
def test_fast_chooses_the_codes_of_gptq(bits, symmetric, static_groups, order):
    W, X = layer()
    H = hessian(X)
    slow = gptq(W, H, bits, 32, symmetric, order, static_groups)
    fast = solve(W, H, bits, 32, symmetric, order, static_groups, effort="fast")
    assert np.array_equal(fast.g_idx, slow.g_idx)
    # Sums in another order make some ties fall the other way; a tie moves later columns of its row.
    assert (fast.codes == slow.codes).mean() > 0.97
    assert fast.loss == pytest.approx(slow.loss, rel=5e-3)
    assert error(W, fast, H) == pytest.approx(error(W, slow, H), rel=1e-2)


@pytest.mark.parametrize("effort", ["fast", "default", "best"])
@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("bits, group_size", [(2, 16), (3, 32), (4, 64), (8, 128), (4, -1)])
def test_the_loss_is_half_the_trace_of_the_damped_error(bits, group_size, symmetric, effort):
    W, X = layer(1)
    H, damp = hessian(X), 0.02
    q = solve(W, H, bits, group_size, symmetric, "activation", True, damp, effort)
    assert not q.notes
    E = W.astype(np.float64) - q.dequantize()
    damped = H + damp * np.diag(H).mean() * np.eye(D_IN)
    assert q.loss == pytest.approx(np.vdot(E @ damped, E) / 2, rel=1e-3)
    assert q.codes.max() < 2**bits and q.codes.shape == (D_OUT, D_IN)


@pytest.mark.parametrize("static_groups", [True, False])
@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("bits", [3, 4])
def test_each_effort_beats_the_one_before_on_text_it_has_not_seen(bits, symmetric, static_groups):
    W, X = layer(2, tokens=4096)
    H, unseen = hessian(X[:2048]), hessian(X[2048:])
    fast, default, best = (
        error(W, solve(W, H, bits, 32, symmetric, "activation", static_groups, effort=effort), unseen)
        for effort in ("fast", "default", "best")
    )
    rounding = error(W, quantize_rtn(W, bits, 32, symmetric), unseen)
    assert best < default < fast < rounding


def test_blocks_of_the_factorization_fit_together():
    _, X = layer(3, tokens=3000, d_in=1100)  # more than two blocks, the last one short
    H = torch.from_numpy(hessian(X))
    A, variance, damping, notes = factor(H, 1e-4)
    A = A.double().tril()
    damped = H + damping * torch.eye(1100, dtype=torch.float64)
    assert torch.allclose(A.T @ (variance[:, None] * A), damped, rtol=1e-4, atol=1e-5 * damped.max().item())
    assert torch.equal(A.diagonal(), torch.ones(1100, dtype=torch.float64)) and not notes


def test_a_singular_hessian_is_damped_more_and_the_note_gives_advice():
    W, X = layer(4, tokens=6)
    q = solve(W, hessian(X), 4, 32, damp=0)
    assert "damping was raised from 0 to 0.01" in q.notes[-1]
    assert "at least as many as the layer has inputs (128)" in q.notes[-1]
    with pytest.raises(ValueError, match="it is not of the form X"):
        solve(W, 2000 * np.ones((D_IN, D_IN)) - 1900 * np.eye(D_IN), 4, 32)


@pytest.mark.parametrize("order", ["none", "activation"])
@pytest.mark.parametrize("layout", ["C", "F"])
def test_the_caller_s_weights_and_hessian_stay_as_they_are(order, layout):
    W, X = layer(6)
    W, H = np.array(W, order=layout), hessian(X)
    before = W.copy(), H.copy()
    for effort in ("fast", "best"):
        solve(W, H, 4, 32, order=order, effort=effort)
        assert np.array_equal(W, before[0]) and np.array_equal(H, before[1])


def test_solves_inside_and_outside_of_inference_mode_share_memory():
    W, X = layer(7)
    scratch.release()
    with torch.inference_mode():
        first = solve(W, hessian(X), 4, 32, order="activation")
    assert np.array_equal(solve(W, hessian(X), 4, 32, order="activation").codes, first.codes)


def test_inputs_that_were_always_zero_are_rounded_and_change_nothing_else():
    W, X = layer(5)
    dead = [3, 40, 41, 127]
    X[:, dead] = 0
    alive = np.setdiff1d(np.arange(D_IN), dead)
    for effort in ("fast", "default", "best"):
        q = solve(W, hessian(X), 4, 1 if effort == "fast" else 32, symmetric=False, effort=effort)
        assert q.notes[0] == "4 of 128 inputs were always zero: their columns are rounded"
        if effort == "fast":  # groups of one column: the others can be quantized without the dead ones
            other = solve(W[:, alive], hessian(X[:, alive]), 4, 1, symmetric=False, effort=effort)
            assert np.array_equal(q.codes[:, alive], other.codes)
        steps = (W[:, dead] / q.scales[:, q.g_idx[dead]].astype(np.float32)).round()
        codes = np.clip(steps + q.zeros[:, q.g_idx[dead]], 0, 15)
        assert np.array_equal(q.codes[:, dead], codes)


def test_a_layer_that_saw_nothing_is_rounded():
    W, _ = layer(6)
    q = solve(W, np.zeros((D_IN, D_IN)), 4, 32)
    assert np.array_equal(q.codes, quantize_rtn(W, 4, 32).codes)
    assert q.notes == ("no calibration token reached this layer: it is rounded to nearest",)


@pytest.mark.parametrize("effort", ["fast", "default", "best"])
def test_rounding_is_stored_for_outputs_where_it_is_better(effort):
    # Weights on the grid already: rounding is exact, and nothing can be better. A scale search that clips, or
    # damping, must not talk the solver out of it.
    rng = np.random.default_rng(0)
    W = rng.integers(-8, 8, (D_OUT, D_IN)).astype(np.float32)
    W[:, ::32] = -8  # so that each group spans its whole range: scale 16 / 15
    W *= np.float16(16 / 15).astype(np.float32) * 15 / 16
    _, X = layer(7)
    H = hessian(X)
    rounded = quantize_rtn(W, 4, 32)
    q = solve(W, H, 4, 32, effort=effort)
    assert error(W, q, H) <= error(W, rounded, H) + 1e-12


def test_a_row_without_negative_weights_keeps_its_top():
    W, X = layer(8)
    W = np.abs(W)
    for effort in ("fast", "default", "best"):
        q = solve(W, hessian(X), 4, 32, effort=effort)
        assert error(W, q, hessian(X)) < 0.02
        groups = W.reshape(D_OUT, -1, 32).max(-1)
        assert (q.scales.astype(np.float32) * 7 > 0.4 * groups).all()  # the popular bug: scale = max / 15


def test_grids_that_format_gptq_can_hold():
    W, X = layer(9)
    W[:, :32] = np.abs(W[:, :32])  # zero points of 0
    for effort in ("fast", "default", "best"):
        free = solve(W, hessian(X), 3, 32, symmetric=False, effort=effort)
        held = solve(W, hessian(X), 3, 32, symmetric=False, effort=effort, lowest_zero=1)
        assert free.zeros.min() == 0 and held.zeros.min() == 1
        assert error(W, held, hessian(X)) < 1.3 * error(W, free, hessian(X))
    assert quantize_rtn(W, 3, 32, False, lowest_zero=1).zeros.min() == 1


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_weights_are_quantized_as_they_are(dtype):
    W, X = layer(10)
    half = torch.from_numpy(W).to(dtype)
    q, same = (solve(w, hessian(X), 4, 32) for w in (half, half.float()))
    assert np.array_equal(q.codes, same.codes)


@pytest.mark.parametrize("factor_", [0.0, 1e-12, 1e-30])
def test_zero_and_tiny_weights_stay_finite(factor_):
    W, X = layer(11)
    W[: D_OUT // 2] *= factor_
    for effort in ("fast", "default", "best"):
        q = solve(W, hessian(X), 4, 32, symmetric=effort != "fast", effort=effort)
        assert np.isfinite(q.dequantize()).all() and (q.scales > 0).all()
        assert np.abs(q.dequantize()[: D_OUT // 2]).max() <= 1e-6


@pytest.mark.parametrize(
    "change, message",
    [
        (
            lambda W, H, o: W.__setitem__((3, 4), np.nan),
            r"1 weights are not finite, the first one \(nan\) at \[3, 4\]",
        ),
        (lambda W, H, o: H.__setitem__((3, 4), np.inf), "the Hessian is not finite"),
        (lambda W, H, o: o.update(group_size=48), "group size 48 does not divide the width 128"),
        (lambda W, H, o: o.update(bits=5), "bits must be one of"),
        (lambda W, H, o: o.update(order="sideways"), 'order must be "none" or "activation"'),
        (lambda W, H, o: o.update(effort="max"), 'effort must be "fast", "default" or "best"'),
        (lambda W, H, o: W.__imul__(1e9), "its scale does not fit float16"),
    ],
)
def test_what_cannot_be_quantized_is_refused(change, message):
    W, X = layer(12)
    H, options = hessian(X), {"bits": 4, "group_size": 32}
    change(W, H, options)
    with pytest.raises(ValueError, match=message):
        solve(W, H, **options)
    with pytest.raises(ValueError, match=r"width 128 is square of that size, got \(64, 64\)"):
        solve(layer()[0], H[:64, :64])


@pytest.mark.parametrize("width", [64, 512, 700])
def test_the_hessian_is_that_of_all_batches(width):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((300, width)).astype(np.float32)
    total = Hessian(width)
    assert total.matrix().abs().max() == 0
    for batch in torch.from_numpy(X).split(70):
        total.add(batch.view(2, -1, width))
    assert total.tokens == 300
    assert np.allclose(total.matrix().numpy(), hessian(X), rtol=1e-5, atol=1e-6)
    again = Hessian(width)
    for batch in reversed(torch.from_numpy(X).split(70)):
        again.add(batch)
    assert torch.equal(again.matrix(), total.matrix())  # sums in float64 do not depend on the order


def test_the_same_input_gives_the_same_codes():
    W, X = layer(13)
    for effort in ("fast", "best"):
        first, second = (solve(W, hessian(X), 3, 32, order="activation", effort=effort) for _ in range(2))
        assert np.array_equal(first.codes, second.codes) and np.array_equal(first.scales, second.scales)
