"""The walk in memory: what each layer is calibrated on, what changes, what is said."""

import numpy as np
import pytest
import torch
from architectures import build
from transformers import LlamaConfig, LlamaForCausalLM

from fourbit.engine.recipe import Recipe, Rule
from fourbit.engine.solve import solve
from fourbit.engine.walk.activations import Activations
from fourbit.engine.walk.inputs import BlockInputs, batches
from fourbit.engine.walk.layer import relative_errors
from fourbit.engine.walk.ranks import Team
from fourbit.engine.walk.skeleton import Skeleton
from fourbit.engine.walk.walk import quantize_model
from fourbit.errors import UserError
from fourbit.gptq import hessian
from fourbit.grid import quantize_rtn

WINDOWS = np.random.default_rng(0).integers(96, size=(10, 32))
RECIPE = Recipe(bits=3, group_size=32, effort="fast")


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


@pytest.fixture
def first_block(model, tmp_path, monkeypatch):
    monkeypatch.setattr("fourbit.engine.walk.inputs.BATCH_TOKENS", 128)  # three batches, the last one smaller
    skeleton = Skeleton.of(model)
    activations = Activations(tmp_path, 32, 64)
    with torch.inference_mode():
        for rows in batches(WINDOWS):
            hidden, _ = skeleton.enter(torch.from_numpy(WINDOWS[rows.start : rows.stop]))
            activations.write(0, rows, hidden)
        yield BlockInputs(skeleton, WINDOWS, activations, 0, Team())


def inputs_of(model, name) -> np.ndarray:
    """The inputs of one layer on WINDOWS, seen from outside: a hook and one plain forward pass."""
    seen = []
    hook = model.get_submodule(name).register_forward_pre_hook(lambda _, a: seen.append(a[0].flatten(0, -2)))
    with torch.inference_mode():
        model(torch.from_numpy(WINDOWS))
    hook.remove()
    return torch.cat(seen).numpy()


def test_the_hessian_is_that_of_every_token(model, first_block):
    (found,) = first_block.hessians([["mlp.down_proj"]])
    X = inputs_of(model, "model.layers.0.mlp.down_proj")
    assert found.tokens == len(X) == WINDOWS.size
    expected = hessian(X)
    assert np.allclose(found.matrix().numpy(), expected, rtol=1e-4, atol=1e-6 * expected.max())


def test_layers_that_read_the_same_tensor_share_a_hessian_in_order_of_use(first_block):
    assert first_block.groups() == [
        ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"],
        ["self_attn.o_proj"],
        ["mlp.gate_proj", "mlp.up_proj"],
        ["mlp.down_proj"],
    ]


def test_a_block_hands_on_what_the_whole_model_computes(model, first_block):
    first_block.advance()
    with torch.inference_mode():
        states = model(torch.from_numpy(WINDOWS), output_hidden_states=True).hidden_states
    found = first_block._activations.read(1, range(len(WINDOWS)))
    assert torch.allclose(found, states[1], atol=1e-6)


def test_each_layer_is_calibrated_on_the_quantized_layers_before_it(model):
    """Requantize the last layer from the activations of the finished model: the codes must be the same."""
    last = "model.layers.1.mlp.down_proj"
    W = model.get_submodule(last).weight.detach().numpy().copy()
    before = inputs_of(model, last)
    layers, _ = quantize_model(model, WINDOWS, RECIPE)
    after = inputs_of(model, last)

    def codes(X):
        return solve(
            W, hessian(X), 3, 32, order="activation", damp=RECIPE.damp, effort="fast", lowest_zero=1
        ).codes

    assert (layers[last].codes == codes(after)).mean() > 0.995  # float32 sums differ in order
    assert (layers[last].codes == codes(before)).mean() < 0.99


def test_only_the_linear_layers_of_the_blocks_change(model):
    before = {name: value.clone() for name, value in model.state_dict().items()}
    layers, reports = quantize_model(model, WINDOWS, RECIPE)
    changed = {name for name, value in model.state_dict().items() if not torch.equal(value, before[name])}
    assert changed == {f"{name}.weight" for name in layers} and len(reports) == len(layers) == 14
    for name, q in layers.items():
        assert np.array_equal(model.get_submodule(name).weight.detach().numpy(), q.dequantize())


def test_reports_tell_the_error_of_what_is_stored_and_of_rounding(model):
    name = "model.layers.0.self_attn.q_proj"
    W = model.get_submodule(name).weight.detach().numpy().copy()
    X = inputs_of(model, name)
    layers, reports = quantize_model(model, WINDOWS, RECIPE)
    report = next(report for report in reports if report.name == name)
    for error, q in ((report.error, layers[name]), (report.rounding_error, quantize_rtn(W, 3, 32))):
        lost = np.square(X @ (W - q.dequantize()).T).sum() / np.square(X @ W.T).sum()
        assert error == pytest.approx(lost, rel=1e-4)
    assert report.error < 0.8 * report.rounding_error
    assert (report.tokens, report.bits, report.stored) == (WINDOWS.size, 3, "gptq")


def test_the_error_of_a_large_layer_is_measured_on_some_of_its_outputs():
    X = torch.randn(500, 64) @ torch.randn(64, 64)
    W, H = torch.randn(2000, 64), (X.T @ X).double()
    q = solve(W, H, 3, 32)
    E = W.double() - torch.from_numpy(q.dequantize())
    exact = torch.trace(E @ H @ E.T) / torch.trace(W.double() @ H @ W.double().T)
    assert relative_errors(W, q, H, RECIPE)[0] == pytest.approx(exact.item(), rel=0.05)


def test_rtn_is_rounding(model):
    W = model.model.layers[0].self_attn.q_proj.weight.detach().numpy().copy()
    layers, reports = quantize_model(model, WINDOWS, Recipe("rtn", bits=3, group_size=32))
    assert np.array_equal(layers["model.layers.0.self_attn.q_proj"].codes, quantize_rtn(W, 3, 32).codes)
    assert all(report.error == report.rounding_error and report.stored == "rtn" for report in reports)


def test_a_layer_that_no_token_reaches_is_rounded(model):
    block = model.model.layers[0]
    block.spare = torch.nn.Linear(64, 64, bias=False)
    W = block.spare.weight.detach().numpy().copy()
    layers, reports = quantize_model(model, WINDOWS, Recipe(bits=4, group_size=32))
    rounded = quantize_rtn(W, 4, 32)
    assert np.array_equal(layers["model.layers.0.spare"].codes, rounded.codes)
    report = next(report for report in reports if report.name == "model.layers.0.spare")
    assert report.tokens == 0 and any("no calibration token reached" in note for note in report.notes)
    lost = np.square(W - rounded.dequantize()).sum() / np.square(W).sum()
    assert report.error == pytest.approx(lost, rel=1e-4)


def test_a_rule_changes_bits_or_leaves_a_layer_alone(model):
    W = model.model.layers[1].mlp.down_proj.weight.clone()
    rules = (Rule("layers.0.*", 8), Rule("1.mlp.down_proj", None))
    layers, reports = quantize_model(model, WINDOWS, Recipe(group_size=32, rules=rules))
    assert {report.bits for report in reports if ".0." in report.name} == {8}
    assert {report.bits for report in reports if ".1." in report.name} == {4}
    assert "model.layers.1.mlp.down_proj" not in layers and len(layers) == 13
    assert torch.equal(model.model.layers[1].mlp.down_proj.weight, W)


@pytest.mark.parametrize("tied", [False, True])
def test_the_head_is_quantized_last_and_untied(model, tied):
    if tied:
        model.config.tie_word_embeddings = True
        model.lm_head.weight = model.model.embed_tokens.weight
    embedding = model.model.embed_tokens.weight.clone()
    recipe = Recipe(group_size=32, head=True, effort="fast", rules=(Rule("lm_head", 8),))
    layers, reports = quantize_model(model, WINDOWS, recipe)
    assert reports[-1].name == "lm_head" and reports[-1].bits == 8 and reports[-1].tokens == WINDOWS.size
    assert np.array_equal(model.lm_head.weight.detach().numpy(), layers["lm_head"].dequantize())
    assert torch.equal(model.model.embed_tokens.weight, embedding)
    assert not model.config.tie_word_embeddings


def test_a_head_that_a_rule_leaves_alone_is_a_contradiction(model):
    with pytest.raises(UserError, match="--head: a rule leaves lm_head as it is"):
        quantize_model(model, WINDOWS, Recipe(group_size=32, head=True, rules=(Rule("lm_head", None),)))


def test_experts_are_calibrated_on_the_tokens_routed_to_them():
    model = build("mixtral")
    stages = []
    original = BlockInputs.stages

    def spy(self):
        stages.append(original(self))
        return stages[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BlockInputs, "stages", spy)
        _, reports = quantize_model(model, WINDOWS, RECIPE)
    experts = [f"block_sparse_moe.experts.{index}" for index in range(4)]
    gates, downs = stages[0][2:]
    assert sorted(gates) == [[f"{expert}.w1", f"{expert}.w3"] for expert in experts]
    assert sorted(downs) == [[f"{expert}.w2"] for expert in experts]
    for kind in ("w1", "w2", "w3"):
        tokens = [r.tokens for r in reports if r.name.startswith("model.layers.1.") and r.name.endswith(kind)]
        assert len(tokens) == 4 and sum(tokens) == 2 * WINDOWS.size  # each token goes to two experts


def test_experts_that_saw_nothing_are_rounded():
    model = build("qwen3_moe")
    weights = {name: p.detach().clone() for name, p in Skeleton.of(model).model.named_parameters()}
    layers, reports = quantize_model(model, WINDOWS[:1, :1], RECIPE)  # one token: two of four experts
    unseen = [report for report in reports if report.tokens == 0]
    assert len(unseen) == 2 * 3 and all("no calibration token" in report.notes[0] for report in unseen)
    for report in unseen:
        rounded = quantize_rtn(weights[f"{report.name}.weight"].numpy(), 3, 32)
        assert np.array_equal(layers[report.name].codes, rounded.codes)


def test_few_tokens_are_said(model):
    _, reports = quantize_model(model, WINDOWS[:1, :1], Recipe(group_size=32))
    assert all(any("1 tokens for " in note for note in report.notes) for report in reports)
    assert all(np.isfinite(report.error) and report.error <= report.rounding_error for report in reports)


@pytest.mark.parametrize(
    "recipe, message",
    [
        (
            Recipe(group_size=48),
            r"--group-size 48 does not divide the width 64 of model.layers.0.self_attn.q_proj; sizes that .*: 16, 32, 64 ",
        ),
        (Recipe(rules=(Rule("*", None),)), "--rule: the rules leave no layer to quantize"),
    ],
)
def test_a_recipe_that_does_not_fit_is_refused_before_work(model, recipe, message):
    with pytest.raises(UserError, match=message):
        quantize_model(model, WINDOWS, recipe)


def test_a_layer_that_fills_no_words_names_the_way_out(model):
    model.model.layers[1].gate = torch.nn.Linear(64, 4)
    with pytest.raises(UserError, match=r"layers.1.gate: 4 x 64 codes of 4 bits .* --rule 'gate=skip' keeps"):
        quantize_model(model, WINDOWS, Recipe(group_size=32))


def test_weights_that_are_not_finite_name_their_layer(model):
    model.model.layers[1].mlp.up_proj.weight.data[3, 4] = float("nan")
    with pytest.raises(UserError, match=r"model.layers.1.mlp.up_proj: 1 weights are not finite.*at \[3, 4\]"):
        quantize_model(model, WINDOWS, Recipe(group_size=32))


def test_inputs_that_are_not_finite_name_their_layer(model):
    model.model.layers[1].input_layernorm.weight.data[5] = float("inf")
    with pytest.raises(
        UserError,
        match=r"model.layers.1.self_attn.q_proj: 320 of 20,480 inputs are not finite \(\d+ NaN, \d+ infinite\) "
        "on calibration windows 0 to 9",
    ):
        quantize_model(model, WINDOWS, Recipe(group_size=32))
