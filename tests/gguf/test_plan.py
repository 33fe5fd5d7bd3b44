"""Which tensors a GGUF file gets: names, order, and the models that are refused."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from small_models import FAMILIES, build, save
from test_convert import changed

from fourbit import tiny
from fourbit.errors import UserError
from fourbit.gguf import layout, plan


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    place, made = tmp_path_factory.mktemp("models"), {}

    def get(name: str) -> Path:
        return made.setdefault(name, None) or made.update({name: save(place / name, name)}) or made[name]

    return get


def test_order_is_that_of_llama_cpp():
    names = [tensor.name for tensor in plan.read(tiny.MODEL).tensors]
    assert names[:4] == ["output.weight", "output_norm.weight", "token_embd.weight", "blk.0.attn_k.weight"]
    assert names[-1] == "blk.3.ffn_up.weight"
    assert plan.read(tiny.MODEL).arch == "llama"


def test_rows_of_q_and_k_are_interleaved():
    """Two heads of width 4: rows 0 and 2 of the model rotate together, and are neighbors in the file."""
    rows = np.arange(8)[:, None]
    assert plan.interleave(rows, 2)[:, 0].tolist() == [0, 2, 1, 3, 4, 6, 5, 7]
    assert plan.interleave(np.arange(8), 2).tolist() == [0, 2, 1, 3, 4, 6, 5, 7]


def test_rows_never_touch_what_is_inside_a_row(folders):
    """So the same call serves codes and scales: a column that numbers the rows says where each went."""
    for tensor in plan.read(folders("qwen3 experts")).tensors:
        shapes = [plan.read(folders("qwen3 experts")).weights.meta(name)[1] for name in tensor.sources]
        wide = tensor.assemble([np.full(shape, index, np.int64) for index, shape in enumerate(shapes)])
        narrow = tensor.assemble([np.full((*shape[:-1], 2), index) for index, shape in enumerate(shapes)])
        assert wide.shape == tensor.shape
        assert np.array_equal(wide[..., :2], narrow)


@pytest.mark.parametrize("name", FAMILIES)
def test_shapes_are_those_of_the_values(folders, name):
    for tensor in plan.read(folders(name)).tensors:
        value = tensor.value()
        assert (value.shape, value.dtype) == (tensor.shape, np.float32), tensor.name


@pytest.mark.parametrize("name", FAMILIES)
def test_the_layout_from_the_config_alone_is_the_same(folders, name):
    predicted = layout.read(json.loads((folders(name) / "config.json").read_text()))
    planned = plan.read(folders(name))
    assert {(t.name, tuple(t.shape)) for t in predicted.tensors} == {
        (t.name, t.shape) for t in planned.tensors
    }
    assert predicted.arch == planned.arch


def test_experts_in_one_tensor_are_split(folders, tmp_path):
    """As some models store them: gate above up."""
    source = folders("qwen3 experts")
    state = {name: t for file in source.glob("*.safetensors") for name, t in load_file(file).items()}
    fused = {name: None for name in state if ".experts." in name}
    for layer in range(3):
        base = f"model.layers.{layer}.mlp.experts"
        parts = {
            part: torch.stack([state[f"{base}.{expert}.{part}_proj.weight"] for expert in range(4)])
            for part in ("gate", "up", "down")
        }
        fused[f"{base}.gate_up_proj"] = torch.cat([parts["gate"], parts["up"]], dim=1)
        fused[f"{base}.down_proj"] = parts["down"]
    single, together = plan.read(source), plan.read(changed(source, tmp_path / "fused", fused))
    assert [tensor.name for tensor in single.tensors] == [tensor.name for tensor in together.tensors]
    for one, other in zip(single.tensors, together.tensors, strict=True):
        assert np.array_equal(one.value(), other.value()), one.name


def test_a_language_model_inside_a_multimodal_one(folders, tmp_path):
    """Gemma 3 from 4B up: other names, and a part for pictures that is left out."""
    source = folders("gemma3")
    state = {name: t for file in source.glob("*.safetensors") for name, t in load_file(file).items()}
    inside = {name.replace("model.", "language_model.model.", 1): t for name, t in state.items()}
    inside |= {"vision_tower.vision_model.encoder.layers.0.mlp.fc1.weight": torch.zeros(2, 2)}
    inside |= {"multi_modal_projector.mm_soft_emb_norm.weight": torch.zeros(2)}
    settings = json.loads((source / "config.json").read_text())
    folder = changed(
        source,
        tmp_path / "pictures",
        dict.fromkeys(state) | inside,
        architectures=["Gemma3ForConditionalGeneration"],
        model_type="gemma3",
        text_config=settings,
        vision_config={"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1},
    )
    plain, found = plan.read(source), plan.read(folder)
    assert [(t.name, t.shape, t.offset) for t in found.tensors] == [
        (t.name, t.shape, t.offset) for t in plain.tensors
    ]


def test_tied_heads_are_not_stored_twice(folders, tmp_path):
    folder = changed(folders("qwen2"), tmp_path / "tied", {"lm_head.weight": torch.zeros(4, 64)})
    assert "output.weight" not in {tensor.name for tensor in plan.read(folder).tensors}


REFUSED = {
    "architecture GPT2LMHeadModel cannot be converted": {"architectures": ["GPT2LMHeadModel"]},
    "covered are Llama, Mistral": {"architectures": ["LlamaForSequenceClassification"]},
    "hidden_act is 'gelu'; llama.cpp runs this family with 'silu' only": {"hidden_act": "gelu"},
    "rope scaling 'longrope' cannot be converted for this architecture": {
        "rope_parameters": {
            "rope_type": "longrope",
            "rope_theta": 1e4,
            "short_factor": [1.0] * 16,
            "long_factor": [1.0] * 16,
            "original_max_position_embeddings": 128,
        }
    },
    "partial_rotary_factor is 0.5; llama.cpp runs this family with 1.0 only": {
        "rope_parameters": {"rope_type": "default", "rope_theta": 1e4, "partial_rotary_factor": 0.5}
    },
    r"model.embed_tokens.weight makes token_embd.weight of shape \(\d+, 64\); by config.json it is \(999, 64\)": {
        "vocab_size": 999
    },
    "the model lacks 1 tensors, the first is that for output": {"tie_word_embeddings": False},
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_llama_cpp_would_run_otherwise_is_refused(folders, tmp_path, message):
    with pytest.raises(UserError, match=message):
        plan.read(changed(folders("mistral, tekken"), tmp_path / "other", **REFUSED[message]))


def test_tensors_that_are_missing_or_unknown_are_named(folders, tmp_path):
    for theirs, ours in (("down", "ffn_down"), ("up", "ffn_up"), ("gate", "ffn_gate")):
        name = f"model.layers.2.mlp.{theirs}_proj.weight"
        with pytest.raises(UserError, match=rf"lacks 1 tensors, the first is that for blk\.2\.{ours}"):
            plan.read(changed(folders("mistral"), tmp_path / theirs, {name: None}))
    with pytest.raises(UserError, match=r"model\.layers\.0\.adapter\.weight has no place in a GGUF file"):
        adapter = {"model.layers.0.adapter.weight": torch.zeros(2, 2)}
        plan.read(changed(folders("mistral"), tmp_path / "more", adapter))
    expert = "model.layers.1.mlp.experts.3.up_proj.weight"
    with pytest.raises(
        UserError, match=r"layers\.1\.mlp\.experts: 3 experts have a up_proj; config\.json says 4"
    ):
        plan.read(changed(folders("qwen3 experts"), tmp_path / "expert", {expert: None}))


def test_a_layer_without_experts_is_refused(tmp_path):
    """llama.cpp would not load the file."""
    build("qwen3_moe", 64, **FAMILIES["qwen3 experts"][2], mlp_only_layers=[0]).save_pretrained(tmp_path)
    with pytest.raises(
        UserError, match=r"mlp_only_layers is \[0\]; llama\.cpp runs this family with \[\] only"
    ):
        plan.read(tmp_path)


def test_a_window_that_llama_cpp_ignores_is_told(folders, tmp_path):
    assert plan.read(folders("mistral")).notes == ()
    (note,) = plan.read(changed(folders("mistral"), tmp_path / "window", sliding_window=4096)).notes
    assert "windows of 4,096 tokens" in note


def test_factors_of_llama_3():
    """Worked by hand: 8 frequencies of width 16, base 10,000, trained with 64 tokens of context."""
    rope = {"rope_theta": 10_000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}
    found = plan.llama3_factors(rope | {"original_max_position_embeddings": 64}, 16)
    waves = [2 * np.pi * 10_000 ** (i / 8) for i in range(8)]  # 6.3, 19.9, 62.8, 199, ... tokens
    assert found[0] == 1  # shorter than 64 / 4
    assert found[3:].tolist() == [8.0] * 5  # longer than 64
    for index in (1, 2):
        smooth = (64 / waves[index] - 1) / 3
        assert found[index] == pytest.approx(1 / ((1 - smooth) / 8 + smooth), rel=1e-6)
