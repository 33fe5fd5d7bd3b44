import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from architectures import ARCHITECTURES, save
from stored import quantize, store, store_gptq, tiny_llama, write
from test_awq_format import stored as awq_parts
from transformers import AutoModelForCausalLM

from fourbit import tiny
from fourbit.engine import models
from fourbit.engine.checkpoint import gptq
from fourbit.engine.checkpoint.shards import ShardReader
from fourbit.engine.checkpoint.weights import Weights, load
from fourbit.engine.recipe import Recipe, Rule
from fourbit.errors import UserError

IDS = torch.arange(40)[None] * 7 % 64
SYMMETRIC = Recipe(group_size=32)


@torch.inference_mode()
def logits(model) -> torch.Tensor:
    return model(IDS, use_cache=False).logits


def change(folder, tensors) -> None:
    """Rewrite the weights of a checkpoint with some tensors changed, or removed where None is given."""
    reader = ShardReader(folder)
    state = {name: reader.get(name) for name in reader.names} | tensors
    write(folder, {name: tensor for name, tensor in state.items() if tensor is not None})


def edit(folder, **settings) -> None:
    """Change the quantization_config."""
    path = folder / "config.json"
    config = json.loads(path.read_text())
    config["quantization_config"] |= settings
    path.write_text(json.dumps(config))


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_plain_models_load_as_transformers_loads_them(tmp_path, name):
    save(tmp_path, name, torch.bfloat16)
    found, reference = load(tmp_path), AutoModelForCausalLM.from_pretrained(tmp_path, dtype=torch.float32)
    assert torch.equal(logits(found), logits(reference.eval()))
    assert not found.training and {p.dtype for p in found.parameters()} == {torch.float32}


def test_plain_tensors_in_float32_or_as_stored(tmp_path):
    save(tmp_path, "llama", torch.bfloat16)
    weights, reader = Weights(tmp_path), ShardReader(tmp_path)
    assert weights.names == reader.names and weights.notes == () and weights.config["model_type"] == "llama"
    name = "model.layers.0.mlp.up_proj.weight"
    assert weights.meta(name) == reader.meta(name) and weights.meta(name)[0] == torch.bfloat16
    assert torch.equal(weights.get(name, raw=True), reader.get(name))
    assert weights.get(name).dtype == torch.float32 and torch.equal(
        weights.get(name), reader.get(name).float()
    )
    assert weights.quantized(name.removesuffix(".weight")) is None


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("bits", [2, 3, 4, 8])
def test_a_gptq_checkpoint_loads_as_what_was_stored(tmp_path, bits, symmetric):
    model = tiny_llama(attention_bias=True)
    layers = store_gptq(tmp_path, model, Recipe(bits=bits, group_size=32, symmetric=symmetric))
    weights = Weights(tmp_path)
    assert set(weights.names) == set(model.state_dict()) and weights.notes == ()
    for name, q in layers.items():
        assert weights.meta(f"{name}.weight") == (torch.float32, q.codes.shape)
        assert torch.equal(weights.get(f"{name}.weight"), torch.from_numpy(q.dequantize()))
        assert np.array_equal(weights.quantized(name).codes, q.codes)
    assert torch.equal(logits(load(tmp_path)), logits(model))
    assert torch.equal(logits(models.load(tmp_path)), logits(model))


def test_layers_of_their_own_bits_and_layers_left_alone(tmp_path):
    rules = (Rule("layers.0.mlp.*", 8), Rule("o_proj", None), Rule("layers.1.self_attn.v_proj", 3))
    model = tiny_llama()
    layers = store_gptq(tmp_path, model, replace(SYMMETRIC, rules=rules))
    assert {q.bits for q in layers.values()} == {3, 4, 8} and len(layers) == 12
    weights = Weights(tmp_path)
    assert weights.quantized("model.layers.0.self_attn.o_proj") is None
    assert weights.quantized("model.layers.0.mlp.up_proj").bits == 8
    assert torch.equal(logits(load(tmp_path)), logits(model))


@pytest.mark.parametrize("tied", [True, False])
def test_a_quantized_head_is_not_tied(tmp_path, tied):
    model = tiny_llama(tie_word_embeddings=tied)
    layers = store_gptq(tmp_path, model, replace(SYMMETRIC, head=True))
    assert "lm_head" in layers
    if tied:  # rounding replaced the head's weights, so that the embeddings are as they were
        change(
            tmp_path, {f"lm_head.{part}": t for part, t in gptq.tensors(layers["lm_head"], "gptq").items()}
        )
    loaded = load(tmp_path)
    assert loaded.lm_head.weight is not loaded.model.embed_tokens.weight
    assert torch.equal(logits(loaded), logits(model))


def test_a_tied_head_stays_tied(tmp_path):
    model = tiny_llama(tie_word_embeddings=True)
    store_gptq(tmp_path, model, SYMMETRIC)
    loaded = load(tmp_path)
    assert loaded.lm_head.weight is loaded.model.embed_tokens.weight
    assert torch.equal(logits(loaded), logits(model))


def test_an_awq_checkpoint_loads_as_what_was_stored(tmp_path):
    model = tiny_llama()
    layers = quantize(model, Recipe(group_size=32, symmetric=False))
    settings = {"quant_method": "awq", "bits": 4, "group_size": 32, "zero_point": True, "version": "gemm"}
    store(tmp_path, model, layers, settings, awq_parts)
    assert np.array_equal(
        Weights(tmp_path).quantized("model.layers.1.mlp.up_proj").codes,
        layers["model.layers.1.mlp.up_proj"].codes,
    )
    assert torch.equal(logits(load(tmp_path)), logits(model))


def test_activation_order_and_missing_groups(tmp_path):
    model = tiny_llama()
    layers = store_gptq(tmp_path, model, SYMMETRIC)
    name = "model.layers.0.mlp.down_proj"
    unsorted = replace(layers[name], g_idx=np.random.default_rng(0).permutation(layers[name].g_idx))
    others = {f"{layer}.g_idx": None for layer in layers if layer != name}
    change(tmp_path, others | {f"{name}.g_idx": torch.from_numpy(unsorted.g_idx)})
    model.get_submodule(name).weight.data = torch.from_numpy(unsorted.dequantize())
    assert torch.equal(logits(load(tmp_path)), logits(model))
    assert "has no g_idx" in Weights(tmp_path).notes[0]


def test_a_file_that_declares_the_wrong_format_is_read_right_and_reported(tmp_path):
    model = tiny_llama()
    store_gptq(tmp_path, model, replace(SYMMETRIC, format="gptq_v2"))
    edit(tmp_path, checkpoint_format="gptq", format="gptq")
    (note,) = Weights(tmp_path).notes
    assert 'declared "gptq", but its zero points are those of "gptq_v2"' in note
    assert torch.equal(logits(load(tmp_path)), logits(model))


def test_a_file_with_quantize_config_alone(tmp_path):
    model = tiny_llama()
    store_gptq(tmp_path, model, SYMMETRIC)
    config = json.loads((tmp_path / "config.json").read_text())
    del config["quantization_config"]
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "quantize_config.json").write_text('{"bits": 4, "group_size": 32, "desc_act": false}')
    assert torch.equal(logits(load(tmp_path)), logits(model))


def test_biases_of_zeros_that_old_writers_added_are_left_out(tmp_path):
    model = tiny_llama()
    store_gptq(tmp_path, model, SYMMETRIC)
    change(tmp_path, {"model.layers.0.mlp.up_proj.bias": torch.zeros(96)})
    assert torch.equal(logits(load(tmp_path)), logits(model))
    change(tmp_path, {"model.layers.0.mlp.up_proj.bias": torch.ones(96)})
    with pytest.raises(UserError, match=r"unexpected \['model.layers.0.mlp.up_proj.bias'\]"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        (
            {"model.layers.1.mlp.up_proj.scales": None},
            "model.layers.1.mlp.up_proj: the checkpoint has no scales",
        ),
        (
            {"model.layers.1.mlp.up_proj.scales": torch.ones(3, 96)},
            "model.layers.1.mlp.up_proj: its tensors disagree",
        ),
        (
            {"model.layers.1.mlp.up_proj.qzeros": torch.ones(2, 12)},
            "up_proj.qzeros: must be int32, is float32",
        ),
        ({"model.norm.weight": None}, r"missing \['model.norm.weight'\], unexpected \[\]"),
        (
            {"model.layers.7.norm.weight": torch.ones(2)},
            r"missing \[\], unexpected \['model.layers.7.norm.weight'\]",
        ),
        (
            {"model.norm.weight": torch.ones(65)},
            r"model.norm.weight has shape \(65,\); by config.json it is \(64,\)",
        ),
    ],
)
def test_tensors_that_do_not_fit_are_named(tmp_path, tensors, message):
    store_gptq(tmp_path, tiny_llama(), SYMMETRIC)
    change(tmp_path, tensors)
    with pytest.raises(UserError, match=message):
        load(tmp_path)


def test_a_config_that_describes_no_model_is_refused(tmp_path):
    save(tmp_path, "llama")
    (tmp_path / "config.json").write_text('{"model_type": "no such thing"}')
    with pytest.raises(UserError, match=r"the model could not be loaded: .*no such thing"):
        load(tmp_path)


def test_storage_of_other_kinds_is_refused(tmp_path):
    store_gptq(tmp_path, tiny_llama(), SYMMETRIC)
    edit(tmp_path, checkpoint_format="marlin")
    with pytest.raises(UserError, match="format 'marlin' cannot be read"):
        Weights(tmp_path)
    edit(tmp_path, quant_method="bitsandbytes")
    with pytest.raises(UserError, match="method 'bitsandbytes' cannot be read here; gptq and awq can"):
        Weights(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "not valid JSON"), ("[]", "not a JSON object"), (None, "no config.json in this directory")],
)
def test_a_config_that_cannot_be_used_is_named(tmp_path, text, message):
    save(tmp_path, "llama")
    (tmp_path / "config.json").unlink()
    if text is not None:
        (tmp_path / "config.json").write_text(text)
    with pytest.raises(UserError, match=message):
        Weights(tmp_path)


def test_how_to_generate_comes_along(tmp_path):
    store_gptq(tmp_path, tiny_llama(), SYMMETRIC)
    (tmp_path / "generation_config.json").write_text('{"eos_token_id": [3, 5]}')
    assert load(tmp_path).generation_config.eos_token_id == [3, 5]


def test_the_bundled_model_loads():
    reference = AutoModelForCausalLM.from_pretrained(tiny.MODEL, dtype=torch.float32).eval()
    assert torch.equal(logits(models.load(tiny.MODEL)), logits(reference))
