import pytest
import torch

from fourbit.engine.onednn import OneDNN


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(1, 7, 48), (5, 48), (48,)])
def test_it_gives_what_the_layer_gives(shape, bias):
    torch.manual_seed(0)
    layer, x = torch.nn.Linear(48, 96, bias=bias), torch.randn(shape)
    with torch.inference_mode():
        wanted = layer(x)
        with OneDNN():
            found = layer(x)
    assert found.shape == wanted.shape and torch.allclose(found, wanted, atol=1e-5)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_other_types_take_the_usual_way(dtype):
    layer, x = torch.nn.Linear(16, 8).to(dtype), torch.randn(3, 16, dtype=dtype)
    with torch.inference_mode():
        wanted = layer(x)
        with OneDNN():
            assert torch.equal(layer(x), wanted)


def test_a_machine_without_it_takes_the_usual_way(monkeypatch):
    monkeypatch.setattr(OneDNN, "usable", False)
    layer, x = torch.nn.Linear(16, 8), torch.randn(3, 16)
    with torch.inference_mode(), OneDNN():
        found = layer(x)
    assert torch.equal(found, layer(x))
