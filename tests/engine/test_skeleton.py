"""A model on disk, walked block by block, computes what the same model does in memory."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from architectures import ARCHITECTURES, COMMON, CONFIGURATIONS, VOCABULARY, build, save
from transformers import AutoModelForCausalLM, Gemma3Config

from fourbit.engine.walk.skeleton import Skeleton, decoder_blocks, quantizable
from fourbit.errors import UserError

# Longer than the models' sliding windows.
IDS = torch.randint(VOCABULARY, (2, 24), generator=torch.Generator().manual_seed(0))


@torch.no_grad()
def walked(skeleton: Skeleton, ids: torch.Tensor) -> torch.Tensor:
    """Logits with the weights of one block in memory at a time."""
    hidden, calls = skeleton.enter(ids)
    for index, (arguments, keywords) in enumerate(calls):
        block = skeleton.load(index)
        assert [on_disk(other) for other in skeleton.blocks] == [i != index for i in range(len(calls))]
        out = block(hidden, *arguments, **keywords)
        hidden = out[0] if isinstance(out, tuple) else out
        skeleton.unload(index)
    return skeleton.leave(hidden)


def on_disk(module: torch.nn.Module) -> bool:
    return all(parameter.is_meta for parameter in module.parameters())


@torch.no_grad()
def plain(folder: Path, ids: torch.Tensor) -> torch.Tensor:
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    return model(ids, use_cache=False).logits


def agree(folder: Path, *batches: torch.Tensor) -> bool:
    skeleton = Skeleton(folder)
    return all((walked(skeleton, ids) - plain(folder, ids)).abs().max() < 1e-5 for ids in batches)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_logits_are_those_of_the_plain_model(name, tmp_path):
    save(tmp_path, name)
    assert agree(tmp_path, IDS, IDS[:1, :5])
    assert plain(tmp_path, IDS).std() > 0.1  # enough for a difference to show


@pytest.mark.parametrize(
    ("name", "layers"),
    [
        ("llama", "self_attn.{q,k,v,o}_proj mlp.{gate,up,down}_proj"),
        ("phi3", "self_attn.{o,qkv}_proj mlp.{gate_up,down}_proj"),
        ("opt", "self_attn.{k,v,q,out}_proj fc{1,2}"),
    ],
)
def test_linear_layers_of_the_blocks_are_found(name, layers, tmp_path):
    skeleton = Skeleton(save(tmp_path, name))
    assert skeleton.prefix == ("model.decoder.layers" if name == "opt" else "model.layers")
    found = [name.split(".", skeleton.prefix.count(".") + 2)[-1] for name in quantizable(skeleton)]
    assert found == expand(layers) * len(skeleton.blocks)


def expand(patterns: str) -> list[str]:
    """As a shell does: "a{1,2}" is ["a1", "a2"]."""
    parts = [re.match(r"(.*)\{(.*)\}(.*)", pattern).groups() for pattern in patterns.split()]
    return [before + choice + after for before, choices, after in parts for choice in choices.split(",")]


def test_a_sliding_window_is_in_the_arguments_of_its_blocks_only(tmp_path):
    hidden, calls = Skeleton(save(tmp_path, "gemma3_text")).enter(IDS)
    assert hidden.shape == (2, 24, 64)
    visible = [keywords["attention_mask"] for _, keywords in calls]
    assert visible[0][0, 0, -1].sum() == 8 and visible[0] is visible[2]
    assert visible[1] is None or visible[1][0, 0, -1].sum() == 24


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("name", ["gemma3_text", "mixtral"])
def test_16_bit_sources_are_computed_in_float32(name, dtype, tmp_path):
    save(tmp_path, name, dtype)
    assert agree(tmp_path, IDS)
    skeleton = Skeleton(tmp_path)
    assert {p.dtype for p in skeleton.load(0).parameters()} == {torch.float32}
    weight = f"{next(iter(quantizable(skeleton)))}.weight"
    assert skeleton.tensors.meta(weight)[0] == skeleton.tensors.get(weight, raw=True).dtype == dtype


def test_only_what_is_needed_is_in_memory(tmp_path):
    skeleton = Skeleton(save(tmp_path, "qwen3", tie_word_embeddings=False))
    model = skeleton.model
    assert on_disk(model)
    hidden, _ = skeleton.enter(IDS)
    assert not on_disk(model.model.embed_tokens) and on_disk(model.lm_head) and on_disk(model.model.norm)
    first = skeleton.arguments(IDS)
    skeleton.release()
    again = skeleton.arguments(IDS)
    assert on_disk(model)
    assert torch.equal(first[2][1]["position_embeddings"][0], again[2][1]["position_embeddings"][0])
    assert skeleton.leave(hidden).shape == (2, 24, VOCABULARY)
    assert not on_disk(model.lm_head)


RESIDENT = """
import sys
from pathlib import Path
import torch
from fourbit.engine.walk.skeleton import Skeleton

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

skeleton = Skeleton(Path(sys.argv[1]))
before, peak = resident(), 0
with torch.no_grad():
    hidden, calls = skeleton.enter(torch.zeros(1, 16, dtype=torch.long))
    for index, (arguments, keywords) in enumerate(calls):
        hidden = skeleton.load(index)(hidden, *arguments, **keywords)
        peak = max(peak, resident() - before)
        skeleton.unload(index)
print(peak)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_resident_memory_is_that_of_one_block(tmp_path):
    width, count = 384, 16
    save(tmp_path, "llama", hidden_size=width, intermediate_size=4 * width, num_hidden_layers=count)
    child = subprocess.run(
        [sys.executable, "-c", RESIDENT, tmp_path], capture_output=True, text=True, check=True
    )
    whole = sum(file.stat().st_size for file in tmp_path.glob("*.safetensors"))
    assert int(child.stdout) < 3.5 * whole / count, f"{int(child.stdout):,} of {whole:,} bytes"


def test_arguments_that_depend_on_the_tokens_are_not_kept(tmp_path):
    save(
        tmp_path,
        "gemma3n_text",
        vocab_size_per_layer_input=VOCABULARY,
        hidden_size_per_layer_input=16,
        laurel_rank=16,
        num_kv_shared_layers=0,
        layer_types=["sliding_attention", "full_attention", "full_attention"],
        activation_sparsity_pattern=[0.0, 0.0, 0.0],
    )
    skeleton = Skeleton(tmp_path)
    per_layer = [skeleton.arguments(ids)[0][0][1] for ids in (IDS, IDS + 1, IDS)]
    assert per_layer[0].shape == (2, 24, 16)
    assert torch.equal(per_layer[0], per_layer[2]) and not torch.equal(per_layer[0], per_layer[1])


def test_the_text_decoder_of_a_multimodal_model_is_walked(tmp_path):
    text = (
        COMMON
        | CONFIGURATIONS["gemma3_text"]
        | {"num_hidden_layers": 2, "layer_types": ["full_attention"] * 2}
    )
    vision = {"hidden_size": 64, "intermediate_size": 96, "num_attention_heads": 4, "num_hidden_layers": 3}
    vision |= {"image_size": 28, "patch_size": 14}
    images = {"mm_tokens_per_image": 4, "image_token_index": 93, "boi_token_index": 94, "eoi_token_index": 95}
    config = Gemma3Config(text_config=text, vision_config=vision, **images)
    AutoModelForCausalLM.from_config(config).save_pretrained(tmp_path)
    assert (
        Skeleton(tmp_path).prefix == "model.language_model.layers"
    )  # not the longer list of the vision tower
    assert agree(tmp_path, IDS.clamp(max=92))


def test_blocks_may_return_tuples(tmp_path):
    save(tmp_path, "falcon", new_decoder_architecture=False)
    assert agree(tmp_path, IDS)


def test_a_model_in_memory_is_walked_alike():
    model = build("gemma3_text")
    skeleton = Skeleton.of(model)
    with torch.no_grad():
        expected = model(IDS, use_cache=False).logits
        hidden, calls = skeleton.enter(IDS)
        for index, (arguments, keywords) in enumerate(calls):
            hidden = skeleton.load(index)(hidden, *arguments, **keywords)
            skeleton.unload(index)
        skeleton.release()
        assert torch.equal(skeleton.leave(hidden), expected)
        assert torch.equal(model(IDS, use_cache=False).logits, expected)  # left as it was


def test_routers_and_gates_are_not_quantized(tmp_path):
    experts = {"num_experts": 4, "num_experts_per_tok": 2}
    gated = build("qwen2_moe", **experts, moe_intermediate_size=32, shared_expert_intermediate_size=32)
    names = quantizable(Skeleton.of(gated))
    assert "model.layers.0.mlp.shared_expert.up_proj" in names
    assert not [name for name in names if name.endswith("gate")]


def test_a_model_without_blocks_of_linear_layers_is_refused(tmp_path):
    save(tmp_path, "gpt2")
    with pytest.raises(
        UserError, match="GPT2LMHeadModel: found no list of decoder blocks with linear layers"
    ):
        Skeleton(tmp_path)
    with pytest.raises(UserError, match="Linear: found no list of decoder blocks"):
        decoder_blocks(torch.nn.Linear(2, 2))


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({"model_type": "vit"}, "Unrecognized configuration class .*ViTConfig"),
        ({"model_type": "unheard-of"}, "unheard-of"),
        ({"model_type": "llama", "hidden_size": "wide"}, "'hidden_size' expected int, got str"),
    ],
)
def test_a_configuration_of_no_causal_language_model_is_named(config, reason, tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(UserError, match=f"config.json: no causal LM can be built from it: .*{reason}"):
        Skeleton(tmp_path)
