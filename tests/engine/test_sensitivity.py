import copy

import numpy as np
import pytest
import torch
from architectures import VOCABULARY, build

from fourbit.engine.recipe import Recipe, Rule
from fourbit.engine.sensitivity import Harm, passes, plot, sensitivity, units, worst
from fourbit.engine.walk.layer import round_to_nearest
from fourbit.engine.walk.skeleton import Skeleton, quantizable
from fourbit.errors import UserError

RECIPE = Recipe(group_size=32, bits=3, effort="fast")
ROUNDED = Recipe(group_size=32, bits=3, method="rtn")
rng = np.random.default_rng(0)
WINDOWS, CALIBRATION = (rng.integers(VOCABULARY, size=size) for size in ((2, 24), (4, 32)))


def test_kl_and_error_are_those_of_a_model_with_one_layer_quantized():
    model = build("llama").eval()
    name = "model.layers.1.mlp.down_proj"
    found = {harm.name: harm for harm in sensitivity(model, WINDOWS, CALIBRATION, ROUNDED)}[name]
    changed = copy.deepcopy(model)
    layer = changed.get_submodule(name)
    read = []
    model.get_submodule(name).register_forward_pre_hook(
        lambda _, inputs: read.append(inputs[0].flatten(0, 1))
    )
    rounded = torch.from_numpy(round_to_nearest(layer.weight.detach(), ROUNDED).dequantize())
    with torch.inference_mode():
        ids = torch.from_numpy(WINDOWS)
        base = model(ids).logits[:, :-1].log_softmax(-1)
        x, W = torch.cat(read), layer.weight.clone()
        layer.weight.copy_(rounded)
        ours = changed(ids).logits[:, :-1].log_softmax(-1)
    assert found.kl == pytest.approx((base.exp() * (base - ours)).sum(-1).mean().item(), rel=1e-3, abs=1e-7)
    error = (x @ (W - rounded).T).square().sum() / (x @ W.T).square().sum()
    assert found.error == pytest.approx(error.item(), rel=1e-3)
    assert (found.layers, found.weights, found.bits) == (1, W.numel(), 3)


@pytest.mark.parametrize("name", ["llama", "opt", "mixtral"])
def test_the_model_is_left_as_it_was_and_runs_repeat(name):
    model = build(name).eval()
    before = {key: value.clone() for key, value in Skeleton.of(model).model.state_dict().items()}
    first = sensitivity(model, WINDOWS, CALIBRATION, RECIPE, "block")
    assert first == sensitivity(model, WINDOWS, CALIBRATION, RECIPE, "block")
    assert all(torch.equal(before[key], value) for key, value in model.state_dict().items())
    assert all(harm.kl > 0 for harm in first)


@pytest.mark.parametrize("by", ["layer", "kind", "block"])
def test_each_unit_has_its_layers_and_together_they_have_all(by):
    model = build("llama").eval()
    harms = sensitivity(model, WINDOWS, CALIBRATION, ROUNDED, by)
    layers = quantizable(model)
    assert len(harms) == {"layer": 21, "kind": 7, "block": 3}[by]
    assert sum(harm.layers for harm in harms) == len(layers)
    assert sum(harm.weights for harm in harms) == sum(layer.weight.numel() for layer in layers.values())


def test_rules_and_the_head_are_followed():
    recipe = Recipe(
        group_size=32, bits=3, method="rtn", head=True, rules=(Rule("q_proj", None), Rule("k_proj", 8))
    )
    model = build("llama").eval()
    harms = {harm.name: harm for harm in sensitivity(model, WINDOWS, CALIBRATION, recipe)}
    assert not any(name.endswith("q_proj") for name in harms)
    assert harms["model.layers.0.self_attn.k_proj"].bits == 8
    assert harms["lm_head"].kl > 0 and harms["lm_head"].error > 0


def test_the_cost_is_told_before_and_progress_for_every_layer_twice():
    model, seconds, told = build("llama").eval(), [], []
    skeleton = Skeleton.of(model)
    assert passes(skeleton, RECIPE) == pytest.approx(1 + 7 * (4 + 3 + 2) / 4)
    sensitivity(skeleton, WINDOWS, CALIBRATION, RECIPE, progress=told.append, told=seconds.append)
    assert len(seconds) == 1 and seconds[0] > 0
    assert len(told) == 2 * len(units(skeleton, RECIPE))


def test_an_unknown_unit_is_refused():
    with pytest.raises(UserError, match="--by head: must be one of layer, kind, block"):
        units(Skeleton.of(build("llama")), RECIPE, "head")


def test_the_plot_names_the_worst_and_is_the_same_every_time():
    pytest.importorskip("matplotlib")
    harms = [
        Harm(f"model.layers.{i}.{kind}", 1, 10, 4, 0.1, 10.0 ** -(i + j))
        for i in range(4)
        for j, kind in enumerate(("q_proj", "down_proj"))
    ]
    assert [harm.kl for harm in worst(harms)][:2] == [1.0, 0.1]
    svg = plot(harms)
    assert svg == plot(harms) and svg.startswith("<svg") and "var(--stored)" in svg
    assert "model.layers.0.q_proj" in svg and "model.layers.3.down_proj" not in svg
