"""Layers that stand out are found, and only those."""

from dataclasses import replace

from fourbit.engine.diagnose import by_kind, kind, outliers
from fourbit.engine.recipe import LayerReport


def layers(errors, name="model.layers.{}.mlp.up_proj", **changes):
    made = [LayerReport(name.format(i), 64, 32, 4, 4096, e, 3 * e, "gptq") for i, e in enumerate(errors)]
    return [replace(layer, **changes) for layer in made]


def test_kinds_gather_layers_across_blocks_and_experts():
    assert kind("model.layers.3.self_attn.q_proj") == "q_proj"
    assert kind("model.layers.3.block_sparse_moe.experts.5.w1") == "experts.w1"
    assert kind("lm_head") == "lm_head"
    both = layers([1, 2]) + layers([3], "model.layers.{}.mlp.experts.0.up_proj")
    assert {name: len(alike) for name, alike in by_kind(both).items()} == {"up_proj": 2, "experts.up_proj": 1}


def test_a_layer_far_above_its_kind_stands_out():
    (found,) = outliers(layers([1e-3, 1.1e-3, 9e-4, 1e-2, 1.2e-3]))
    assert found.name == "model.layers.3.mlp.up_proj" and 9 < found.ratio < 9.2


def test_a_trend_over_depth_is_no_outlier():
    assert outliers(layers([1e-4 * 1.3**i for i in range(20)])) == []


def test_nearly_equal_layers_are_not_told_apart():
    assert outliers(layers([1e-3] * 9 + [1.9e-3])) == []
    assert len(outliers(layers([1e-3] * 9 + [2.1e-3]))) == 1


def test_layers_of_other_bits_are_not_compared():
    few = layers([1e-2, 1.1e-2], bits=2)
    assert outliers(layers([1e-3, 1.1e-3, 9e-4, 1e-3]) + few) == []


def test_few_layers_say_nothing_of_what_is_usual():
    assert outliers(layers([1e-3, 1e-3, 1e-1])) == []


def cause(**changes):
    alike = layers([1e-3, 1.1e-3, 9e-4, 1e-2, 1.2e-3])
    alike[3] = replace(alike[3], **({"rounding_error": 3e-3} | changes))
    (found,) = outliers(alike)
    return found.cause


def test_causes_come_from_notes_first_and_numbers_next():
    assert (
        cause(notes=("3 of 32 inputs were always zero: their columns are rounded",)) == "dead input columns"
    )
    assert "damping raised" in cause(notes=("the Hessian could not be factorized; damping was raised from",))
    assert "fewer calibration tokens" in cause(notes=("20 tokens for 32 inputs: more would help",))
    assert "no calibration token" in cause(notes=("no calibration token reached this layer",), tokens=0)
    assert cause(tokens=100) == "few tokens: 100, usual for its kind are 4,096"
    assert "outlier columns" in cause(rounding_error=0.1)
    assert cause().startswith("not known")


def test_causes_are_recognized_in_the_notes_that_the_engine_writes():
    """The notes above are copies; these come from a layer that is solved."""
    import torch

    from fourbit.engine.recipe import Recipe
    from fourbit.engine.walk.layer import quantize_layer

    torch.manual_seed(0)
    layer = torch.nn.Linear(64, 64).requires_grad_(False)
    dead, none, few = torch.eye(64), torch.zeros(64, 64), torch.eye(64)
    dead[5, 5] = 0
    alike = layers([1e-6] * 4)
    found = []
    for H, tokens in ((dead, 999), (none, 0), (few, 7)):
        report = quantize_layer("model.layers.9.up_proj", layer, H.double(), tokens, Recipe())[1]
        found.append(outliers([*alike, report])[0].cause)
    assert found[0] == "dead input columns"
    assert found[1].startswith("no calibration token") and found[2].startswith("fewer calibration tokens")
