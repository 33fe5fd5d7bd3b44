import numpy as np
import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from fourbit.engine import quantize as engine
from fourbit.engine.quantize import BlockInputs, Recipe, quantize_model
from fourbit.errors import UserError
from fourbit.gptq import gptq, hessian
from fourbit.grid import quantize_rtn


@pytest.fixture
def model():
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=96,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=64,
    )
    return LlamaForCausalLM(config).eval()


WINDOWS = np.random.default_rng(0).integers(96, size=(10, 32))


def inputs_of(model, name) -> np.ndarray:
    """The inputs of one layer on WINDOWS, seen from outside: a hook and one plain forward pass."""
    seen = []
    hook = model.get_submodule(name).register_forward_pre_hook(lambda _, a: seen.append(a[0].flatten(0, -2)))
    with torch.inference_mode():
        model(torch.from_numpy(WINDOWS))
    hook.remove()
    return torch.cat(seen).numpy()


def test_the_hessian_is_that_of_every_real_token(model):
    with torch.inference_mode():
        inputs = BlockInputs(model, model.model.layers[0], torch.from_numpy(WINDOWS))
        H = inputs.hessian(model.model.layers[0], model.model.layers[0].mlp.down_proj)
    X = inputs_of(model, "model.layers.0.mlp.down_proj")
    assert len(X) == WINDOWS.size
    assert np.allclose(H, hessian(X), rtol=1e-4, atol=1e-6 * H.max())


def test_layers_that_read_the_same_tensor_share_a_hessian_in_order_of_use(model):
    with torch.inference_mode():
        inputs = BlockInputs(model, model.model.layers[0], torch.from_numpy(WINDOWS))
        groups = inputs.layers_by_input(model.model.layers[0])
    assert groups == [
        ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"],
        ["self_attn.o_proj"],
        ["mlp.gate_proj", "mlp.up_proj"],
        ["mlp.down_proj"],
    ]


def test_each_layer_is_calibrated_on_the_quantized_layers_before_it(model):
    """Requantize the last layer from the activations of the finished model: the codes must be the same."""
    last = "model.layers.1.mlp.down_proj"
    W = model.get_submodule(last).weight.detach().numpy().copy()
    before = inputs_of(model, last)
    layers, _ = quantize_model(model, WINDOWS, Recipe(bits=3, group_size=32))
    after = inputs_of(model, last)
    expected = gptq(W, hessian(after), 3, 32)
    assert (layers[last].codes == expected.codes).mean() > 0.995  # float32 sums differ in order
    assert not np.array_equal(gptq(W, hessian(before), 3, 32).codes, expected.codes)


def test_only_the_linear_layers_of_the_blocks_change(model):
    before = {name: value.clone() for name, value in model.state_dict().items()}
    layers, reports = quantize_model(model, WINDOWS, Recipe(bits=4, group_size=32))
    changed = {name for name, value in model.state_dict().items() if not torch.equal(value, before[name])}
    assert changed == {f"{name}.weight" for name in layers} and len(reports) == len(layers) == 14
    for name, q in layers.items():
        assert np.array_equal(model.get_submodule(name).weight.detach().numpy(), q.dequantize())


def test_gptq_loses_less_than_rounding_and_rtn_is_rounding(model):
    W = model.model.layers[0].self_attn.q_proj.weight.detach().numpy().copy()
    layers, reports = quantize_model(model, WINDOWS, Recipe("rtn", bits=3, group_size=32))
    assert np.array_equal(layers["model.layers.0.self_attn.q_proj"].codes, quantize_rtn(W, 3, 32).codes)
    assert all(report.error == report.rounding_error for report in reports)


def test_a_layer_that_no_token_reaches_is_rounded(model):
    block = model.model.layers[0]
    block.spare = torch.nn.Linear(64, 64, bias=False)
    W = block.spare.weight.detach().numpy().copy()
    layers, _ = quantize_model(model, WINDOWS, Recipe(bits=4, group_size=32))
    assert np.array_equal(layers["model.layers.0.spare"].codes, quantize_rtn(W, 4, 32).codes)


@pytest.mark.parametrize(
    "recipe, message",
    [
        (
            Recipe(group_size=48),
            r"--group-size 48 does not divide the width 64 of model.layers.0.self_attn.q_proj; .*: 32, 64 ",
        ),
        (Recipe(bits=5), "--bits 5: must be one of 2, 3, 4, 8"),
    ],
)
def test_a_recipe_that_does_not_fit_is_refused_before_work(model, recipe, message):
    with pytest.raises(UserError, match=message):
        quantize_model(model, WINDOWS, recipe)


def test_weights_that_are_not_finite_name_their_layer(model):
    model.model.layers[1].mlp.up_proj.weight.data[3, 4] = float("nan")
    with pytest.raises(UserError, match=r"model.layers.1.mlp.up_proj: 1 weights are not finite.*at \[3, 4\]"):
        quantize_model(model, WINDOWS, Recipe(bits=4, group_size=32))


def test_a_model_without_blocks_is_refused():
    with pytest.raises(UserError, match="Linear: found no list of decoder blocks"):
        engine.decoder_blocks(torch.nn.Linear(4, 4))


def test_a_full_disk_or_a_used_directory_is_found_before_work(tmp_path, monkeypatch):
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "file").touch()
    with pytest.raises(UserError, match="exists already"):
        engine.check_target(tmp_path / "used", 10)
    with pytest.raises(UserError, match="the result takes .* MB, its disk has .* MB free"):
        engine.check_target(tmp_path / "new", 10**18)
