"""The list of tensors from a config alone, against transformers' own modules and llama.cpp's order.

tests/vram/test_oracle.py holds 60 models of it against llama.cpp, which refuses a file with a tensor too many, too few
or of another shape.
"""

import re

import pytest

from fourbit.gguf import layout, names
from fourbit.vram import tables

CONFIGS = {name: entry["config"] for name, entry in tables.models().items()}
# per family one model whose module names are known, made small
NAMED = (
    *("llama-3.2-1b", "mistral-nemo-12b", "qwen2.5-7b", "qwen3-8b", "gemma-2-9b", "phi-4", "granite-3.3-8b"),
    *("olmo-2-13b", "smollm3-3b", "command-r7b"),
)


def small(name: str) -> dict:
    """The config with two layers."""
    fields = {key: value for key, value in CONFIGS[name].items() if key != "layer_types"}
    return fields | {"num_hidden_layers": 2, "vocab_size": 512}


def test_a_llama_tensor_by_tensor():
    found = layout.read(small("llama-3.2-1b"))
    assert found.arch == "llama"
    assert [(t.name, t.shape) for t in found.tensors[:6]] == [
        ("output_norm.weight", (2048,)),
        ("rope_freqs.weight", (32,)),
        ("token_embd.weight", (512, 2048)),
        ("blk.0.attn_k.weight", (512, 2048)),
        ("blk.0.attn_norm.weight", (2048,)),
        ("blk.0.attn_output.weight", (2048, 2048)),
    ]
    by_name = {tensor.name: tensor.module for tensor in found.tensors}
    assert by_name["blk.1.ffn_down.weight"] == "model.layers.1.mlp.down_proj.weight"
    assert by_name["rope_freqs.weight"] is None
    assert "output.weight" not in by_name  # the head is tied


@pytest.mark.parametrize("name", CONFIGS)
def test_the_order_is_that_of_llama_quantize(name):
    found = [tensor.name for tensor in layout.read(CONFIGS[name]).tensors]
    assert found == sorted(found, key=names.order)


@pytest.mark.parametrize("name", NAMED)
def test_modules_are_those_of_transformers(name):
    """Same parameters, same shapes: nothing that the layout names is missing there, and the other way round."""
    transformers, torch = pytest.importorskip("transformers"), pytest.importorskip("torch")
    found = layout.read(small(name))
    kind = {"LlamaForCausalLM": "llama"}.get(CONFIGS[name]["architectures"][0])
    kind = kind or re.sub(r"ForCausalLM$", "", CONFIGS[name]["architectures"][0]).lower()
    fields = {
        k: v
        for k, v in small(name).items()
        if k not in ("architectures", "rope_scaling", "sliding_window_pattern")
    }
    fields.pop("vocab_size")
    config = transformers.AutoConfig.for_model(kind, vocab_size=512, pad_token_id=None, **fields)
    with torch.device("meta"):
        there = dict(transformers.AutoModelForCausalLM.from_config(config).named_parameters())
    if found.dims.tied:
        there.pop("lm_head.weight", None)
    mine: dict[str, int] = {}
    for tensor in found.tensors:
        if tensor.module and "{}" not in tensor.module:
            mine[tensor.module] = mine.get(tensor.module, 0) + tensor.size
            assert tensor.module in there, tensor
    others = {key: value for key, value in there.items() if key not in mine}
    assert mine == {key: value.numel() for key, value in there.items() if key in mine}
    assert not others


def test_every_model_has_tensors_of_positive_size():
    for name, fields in CONFIGS.items():
        for tensor in layout.read(fields).tensors:
            assert min(tensor.shape) > 0, (name, tensor)


def test_a_stacked_expert_is_named_by_number():
    by_name = {t.name: t for t in layout.read(CONFIGS["mixtral-8x7b"]).tensors}
    tensor = by_name["blk.3.ffn_down_exps.weight"]
    assert tensor.shape == (8, 4096, 14336)
    assert tensor.module == "model.layers.3.block_sparse_moe.experts.{}.w2.weight"


def test_latent_attention_splits_what_it_decompresses():
    by_name = {t.name: t for t in layout.read(CONFIGS["deepseek-v3"]).tensors}
    assert by_name["blk.5.attn_k_b.weight"].shape == (128, 512, 128)
    assert by_name["blk.5.attn_v_b.weight"].shape == (128, 128, 512)
    assert by_name["blk.5.attn_k_b.weight"].module == "model.layers.5.self_attn.kv_b_proj.weight"


def test_hybrids_have_states_where_the_config_says_so():
    granite = {t.name for t in layout.read(CONFIGS["granite-4.0-h-tiny"]).tensors}
    assert "blk.5.attn_q.weight" in granite
    assert "blk.4.ssm_in.weight" in granite
    assert "blk.4.attn_q.weight" not in granite
    pure = layout.read(CONFIGS["granite-4.0-micro"])
    assert pure.arch == "granite"
    assert not any(".ssm_" in t.name for t in pure.tensors)


def test_multimodal_configs_are_read_at_their_text_part():
    inner = CONFIGS["gemma-3-4b"]
    outer = {
        "architectures": inner["architectures"],
        "text_config": {**inner, "architectures": None},
        "vocab_size": 7,
    }
    assert layout.read(outer).tensors == layout.read(inner).tensors


def test_layers_that_predict_further_tokens_are_said():
    found = layout.read(CONFIGS["deepseek-v3"] | {"num_nextn_predict_layers": 1})
    assert found.dims.notes == ("1 layer for predicting further tokens not counted",)
