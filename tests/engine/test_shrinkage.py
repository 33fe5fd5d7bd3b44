import numpy as np
import pytest
import torch

from fourbit import tiny
from fourbit.engine import shrinkage
from fourbit.engine.shrinkage import shrink_spectrum
from fourbit.engine.solve import solve
from fourbit.gptq import hessian, relative_error


def correlated(width=48, tokens=200, seed=0) -> torch.Tensor:
    rng = np.random.default_rng(seed)
    x = (
        rng.standard_normal((tokens, width))
        @ rng.standard_normal((width, width))
        * np.exp(rng.standard_normal(width))
    )
    return torch.from_numpy(x.T @ x / tokens)


def eigenvalues(H: torch.Tensor) -> torch.Tensor:
    size = H.diagonal().sqrt()
    return torch.linalg.eigvalsh(H / torch.outer(size, size))


def test_eigenvalues_come_nearer_to_each_other_and_the_trace_stays():
    H = correlated()
    shrunk = shrink_spectrum(H)
    assert shrunk.dtype is torch.float32 and torch.allclose(shrunk, shrunk.T, rtol=1e-4, atol=1e-5)
    assert shrunk.trace().item() == pytest.approx(H.trace().item(), rel=1e-5)
    before, after = eigenvalues(H), eigenvalues(shrunk.double())
    assert after.max() / after.min() < 0.7 * before.max() / before.min()
    assert after.min() > 0


def test_a_power_of_one_changes_nothing(monkeypatch):
    H = correlated()
    monkeypatch.setattr(shrinkage, "POWER", 1.0)
    assert shrink_spectrum(H).double() == pytest.approx(H, rel=1e-3, abs=1e-4 * H.abs().max().item())


def test_fewer_tokens_than_inputs_and_loud_inputs_are_no_obstacle():
    H = correlated(width=48, tokens=5)
    H[0] *= 1e4
    H[:, 0] *= 1e4
    assert torch.isfinite(shrink_spectrum(H)).all()


def test_without_eigenvalues_the_hessian_stays(monkeypatch):
    def fail(_):
        raise torch.linalg.LinAlgError("did not converge")

    monkeypatch.setattr(torch.linalg, "eigh", fail)
    H = correlated().float()
    same = shrink_spectrum(H)
    assert torch.equal(same, H) and same.data_ptr() != H.data_ptr()  # the caller adds damping to it


def test_it_lowers_the_error_on_unseen_text(monkeypatch):
    ratios = []
    for name in ("self_attn.q_proj", "self_attn.o_proj", "mlp.up_proj"):
        W, X = tiny.layer(f"model.layers.1.{name}")
        H, unseen = hessian(X), hessian(tiny.layer(f"model.layers.1.{name}", split="evaluation")[1])
        for bits in (3, 4):
            errors = []
            for power in (1.0, 0.85):
                monkeypatch.setattr(shrinkage, "POWER", power)
                q = solve(W, H, bits, 64, order="activation", damp=0.05, effort="best")
                errors.append(relative_error(W, q.dequantize(), unseen))
            ratios.append(errors[1] / errors[0])
    assert max(ratios) < 1.005 and np.mean(ratios) < 0.99, ratios
