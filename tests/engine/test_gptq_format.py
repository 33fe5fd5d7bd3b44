import re
from dataclasses import replace

import numpy as np
import pytest
import torch

from fourbit.engine.checkpoint import gptq
from fourbit.engine.recipe import Recipe
from fourbit.errors import UserError
from fourbit.grid import quantize_rtn

rng = np.random.default_rng(0)
NAMES = (
    "self_attn.q_proj",
    "self_attn.k_proj",
    "self_attn.v_proj",
    "self_attn.o_proj",
    "mlp.gate_proj",
    "mlp.up_proj",
)


def same(a, b) -> bool:
    return a.bits == b.bits and all(
        np.array_equal(getattr(a, part), getattr(b, part)) for part in ("codes", "scales", "zeros", "g_idx")
    )


def layers(blocks=3, **bits) -> dict:
    """Every layer at 4 bits, but for those given as q_proj_0=8."""
    names = {f"model.layers.{i}.{name}": f"{name.split('.')[1]}_{i}" for i in range(blocks) for name in NAMES}
    return {name: bits.get(short, 4) for name, short in names.items()}


def bits_by_rules(settings: dict, name: str) -> int | None:
    """How GPTQModel and vLLM find a layer's bits: the first expression that matches from the start."""
    for pattern, change in settings.get("dynamic", {}).items():
        if re.match(pattern[2:], name):
            return None if pattern.startswith("-:") else change["bits"]
    return settings["bits"]


@pytest.mark.parametrize("group_size", [-1, 32])
@pytest.mark.parametrize("format", ["gptq", "gptq_v2"])
@pytest.mark.parametrize("bits", [2, 3, 4, 8])
def test_a_layer_survives_storage_to_the_last_bit(bits, format, group_size):
    q = quantize_rtn(rng.standard_normal((64, 96)), bits, group_size, symmetric=False)
    if format == "gptq":
        q = replace(q, zeros=np.maximum(q.zeros, 1))
    parts = gptq.tensors(q, format)
    layout = gptq.layout(64, 96, bits, group_size)
    assert {part: (tensor.dtype, tuple(tensor.shape)) for part, tensor in parts.items()} == layout
    assert sum(tensor.nbytes for tensor in parts.values()) == gptq.stored_bytes((64, 96), bits, group_size)
    assert gptq.shape("layer", layout) == ((64, 96), bits)
    settings = {"checkpoint_format": format, "group_size": group_size, "sym": False}
    back = gptq.read("layer", parts, settings)
    assert same(back, q) and back.notes == ()
    assert np.array_equal(back.dequantize(), q.dequantize())
    del parts["g_idx"]  # some writers leave it out when it is sorted
    back = gptq.read("layer", parts, settings)
    assert same(back, q) and "has no g_idx" in back.notes[0]


def test_symmetric_zero_points_have_the_well_known_words():
    q = quantize_rtn(rng.standard_normal((32, 32)), 4, 32)
    assert (gptq.tensors(q, "gptq")["qzeros"] == 0x77777777).all()
    assert (gptq.tensors(q, "gptq_v2")["qzeros"] == 0x88888888 - 2**32).all()


def test_the_older_format_refuses_a_zero_point_of_0():
    q = quantize_rtn(np.abs(rng.standard_normal((32, 32))), 4, 32, symmetric=False)
    assert not q.zeros.any()
    with pytest.raises(ValueError, match='format "gptq" cannot hold a zero point of 0'):
        gptq.tensors(q, "gptq")


@pytest.mark.parametrize("bits", [2, 3, 4, 8])
@pytest.mark.parametrize(("declared", "true"), [("gptq", "gptq_v2"), ("gptq_v2", "gptq")])
def test_a_format_that_is_not_what_it_says_is_recognized(declared, true, bits):
    q = quantize_rtn(rng.standard_normal((32, 64)), bits, 32)
    back = gptq.read("layer", gptq.tensors(q, true), {"checkpoint_format": declared, "sym": True})
    assert same(back, q)
    assert f'declared "{declared}", but its zero points are those of "{true}"' in back.notes[0]
    asymmetric = gptq.read("layer", gptq.tensors(q, true), {"checkpoint_format": declared, "sym": False})
    assert not np.array_equal(
        asymmetric.zeros, q.zeros
    )  # where any zero point may be right, the file is believed


def test_groups_in_any_order_are_kept():
    q = quantize_rtn(rng.standard_normal((32, 96)), 4, 32)
    q = replace(q, g_idx=rng.permutation(q.g_idx))
    back = gptq.read("layer", gptq.tensors(q, "gptq"), {"group_size": 32})
    assert same(back, q) and back.notes == ()


def test_groups_that_do_not_divide_the_width_are_read():
    q = quantize_rtn(rng.standard_normal((32, 128)), 4, 32)
    parts = gptq.tensors(replace(q, g_idx=np.arange(128, dtype=np.int32) // 40), "gptq")
    del parts["g_idx"]
    assert np.array_equal(gptq.read("layer", parts, {"group_size": 40}).g_idx, np.arange(128) // 40)
    # a layer with groups of its own, by a rule
    assert np.array_equal(gptq.read("layer", parts, {"group_size": 128}).g_idx, np.arange(128) // 32)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
def test_scales_wider_than_float16_stay_exact(dtype):
    q = quantize_rtn(rng.standard_normal((32, 32)), 4, 32)
    scales = torch.full((1, 32), 1e-9).to(dtype)
    back = gptq.read("layer", gptq.tensors(q, "gptq") | {"scales": scales}, {})
    assert np.array_equal(back.scales, scales.float().numpy().T)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"scales": torch.ones(3, 32)},
            r"a: its tensors disagree: qweight \(8, 32\), qzeros \(2, 4\), scales \(3, 32\)",
        ),
        ({"qweight": torch.ones(8, 31, dtype=torch.int32)}, "a: its tensors disagree"),
        ({"qzeros": torch.ones(2, 5, dtype=torch.int32)}, "a: its tensors disagree"),
        ({"g_idx": torch.zeros(63, dtype=torch.int32)}, "a: its tensors disagree"),
        ({"scales": torch.ones(64).half()}, "a: its tensors disagree"),
        ({"qweight": torch.ones(8, 32)}, "a.qweight: must be int32, is float32"),
        (
            {"scales": torch.ones(2, 32, dtype=torch.int32)},
            "a.scales: must be 16- or 32-bit floats, is int32",
        ),
        ({"g_idx": torch.full((64,), 2, dtype=torch.int32)}, "a.g_idx: names groups 2 to 2, there are 2"),
        ({"g_idx": torch.full((64,), -1, dtype=torch.int32)}, "a.g_idx: names groups -1 to -1"),
    ],
)
def test_tensors_that_disagree_are_named(change, message):
    parts = gptq.tensors(quantize_rtn(rng.standard_normal((32, 64)), 4, 32), "gptq")
    with pytest.raises(UserError, match=message):
        gptq.read("a", parts | change, {})


def test_what_packs():
    assert gptq.packable((64, 96), 3) and gptq.packable((16, 48), 2) and gptq.packable((4, 12), 8)
    assert not gptq.packable((64, 100), 3) and not gptq.packable((12, 64), 4)


def test_settings_of_one_recipe_for_all():
    settings = gptq.settings(Recipe(symmetric=False, damp=0.05), layers(), "model.layers")
    assert settings["quant_method"] == "gptq" and settings["bits"] == 4 and settings["group_size"] == 64
    assert settings["sym"] is False and settings["checkpoint_format"] == settings["format"] == "gptq_v2"
    assert settings["desc_act"] is False and settings["lm_head"] is False and settings["damp_percent"] == 0.05
    assert not settings.keys() & {"dynamic", "modules_in_block_to_quantize"}


@pytest.mark.parametrize(("method", "desc_act"), [("gptq", True), ("awq+gptq", True), ("rtn", False)])
def test_groups_fitted_in_activation_order_are_declared(method, desc_act):
    recipe = Recipe(method, static_groups=False, order="activation")
    assert gptq.settings(recipe, layers(), "model.layers")["desc_act"] is desc_act


def test_rules_say_the_bits_of_every_layer():
    chosen = layers(12, o_proj_1=8, o_proj_2=8, up_proj_0=3, gate_proj_0=None) | {"lm_head": 8, "other": None}
    settings = gptq.settings(Recipe(head=True), chosen, "model.layers")
    found = {name: bits_by_rules(settings, name) for name in chosen if name != "other"}
    assert found == {name: bits for name, bits in chosen.items() if name != "other"}  # 11 is not 1
    assert settings["lm_head"] is True
    assert bits_by_rules(settings, "model.layers.1.self_attn.o_proj_too") == 4
    assert bits_by_rules(settings, "modelxlayers.1.self_attn.o_proj") == 4


def test_rules_hold_the_names_of_fused_layers():
    chosen = layers(2, q_proj_0=8, k_proj_0=8, v_proj_0=8, q_proj_1=8, gate_proj_1=None, up_proj_1=None)
    settings = gptq.settings(Recipe(), chosen, "model.layers")
    assert bits_by_rules(settings, "model.layers.0.self_attn.qkv_proj") == 8
    assert bits_by_rules(settings, "model.layers.1.self_attn.qkv_proj") == 4  # its parts differ: no rule fits
    assert bits_by_rules(settings, "model.layers.1.mlp.gate_up_proj") is None
    assert bits_by_rules(settings, "model.layers.0.mlp.gate_up_proj") == 4
    experts = {f"model.layers.0.mlp.experts.{i}.{leaf}": 8 for i in range(3) for leaf in ("w1", "w2", "w3")}
    settings = gptq.settings(Recipe(), experts | {"model.layers.0.mlp.gate": None}, "model.layers")
    assert bits_by_rules(settings, "model.layers.0.mlp.experts") == 8
    assert bits_by_rules(settings, "model.layers.0.mlp.gate") is None


def test_skips_are_written_for_transformers_when_all_blocks_have_the_same():
    everywhere = layers(2, q_proj_0=None, q_proj_1=None)
    settings = gptq.settings(Recipe(), everywhere, "model.layers")
    assert settings["modules_in_block_to_quantize"] == [list(NAMES[1:])]
    assert settings["dynamic"] == {r"-:^model\.layers\.(?:0|1)\.self_attn\.q_proj$": {}}
    once = gptq.settings(Recipe(), layers(2, q_proj_0=None), "model.layers")
    assert (
        "modules_in_block_to_quantize" not in once
        and bits_by_rules(once, "model.layers.0.self_attn.q_proj") is None
    )


def test_formats_of_other_runtimes_are_refused():
    gptq.check_settings({"quant_method": "gptq"})
    with pytest.raises(UserError, match="format 'marlin' cannot be read; gptq and gptq_v2 can"):
        gptq.check_settings({"quant_method": "gptq", "checkpoint_format": "marlin"})
