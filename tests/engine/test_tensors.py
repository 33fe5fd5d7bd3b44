"""The parameters of a model are found in its files, whatever these call them and however they store them."""

import json
import re

import pytest
import torch
from architectures import ARCHITECTURES, VOCABULARY, rewrite, save, stored
from test_skeleton import IDS, agree, on_disk, walked

from fourbit.engine.checkpoint import gptq
from fourbit.engine.checkpoint.weights import load
from fourbit.engine.recipe import Recipe
from fourbit.engine.walk.skeleton import Skeleton, quantizable
from fourbit.errors import UserError
from fourbit.grid import quantize_rtn


@pytest.mark.parametrize("name", [*ARCHITECTURES, "gpt_neox"])  # whose head is `embed_out` in files
def test_tensors_have_the_names_of_the_files(name, tmp_path):
    skeleton = Skeleton(save(tmp_path, name))
    files = stored(tmp_path)
    assert set(skeleton.tensors.names) == files.keys()
    for tensor in skeleton.tensors.names:
        assert skeleton.tensors.meta(tensor) == (torch.float32, tuple(files[tensor].shape))
        assert torch.equal(skeleton.tensors.get(tensor), files[tensor])
    assert all(f"{layer}.weight" in files for layer in quantizable(skeleton))


@pytest.mark.parametrize("name", ["llama", "opt", "mixtral"])
def test_files_may_lack_the_prefix_of_the_base_model(name, tmp_path):
    files = stored(save(tmp_path, name))
    rewrite(tmp_path, {key.removeprefix("model."): tensor for key, tensor in files.items()})
    assert agree(tmp_path, IDS)
    assert set(Skeleton(tmp_path).tensors.names) == files.keys()


def test_tied_embeddings_are_stored_and_loaded_once(tmp_path):
    skeleton = Skeleton(save(tmp_path, "qwen3"))
    assert "lm_head.weight" not in skeleton.tensors.names
    skeleton.enter(IDS)
    assert skeleton.model.lm_head.weight is skeleton.model.model.embed_tokens.weight
    assert not on_disk(skeleton.model.lm_head)


def test_a_head_of_its_own_wins_over_a_configuration_that_ties_it(tmp_path):
    files = stored(save(tmp_path, "qwen3"))
    rewrite(tmp_path, files | {"lm_head.weight": torch.randn(VOCABULARY, 64)})
    assert agree(tmp_path, IDS)


@pytest.mark.parametrize("name", ["llama", "mixtral"])
def test_quantized_layers_are_computed_as_they_dequantize(name, tmp_path):
    files, recipe = stored(save(tmp_path, name)), Recipe()
    layers = [key.removesuffix(".weight") for key in files if re.search(r"\.1\..*(q_proj|w2)", key)]
    for layer in layers:
        q = quantize_rtn(files.pop(f"{layer}.weight").numpy(), recipe.bits, 32, recipe.symmetric)
        files |= {f"{layer}.{part}": tensor for part, tensor in gptq.tensors(q, recipe.format).items()}
    rewrite(tmp_path, files)
    config = json.loads((tmp_path / "config.json").read_text())
    config["quantization_config"] = gptq.settings(recipe, dict.fromkeys(layers, recipe.bits), "model.layers")
    (tmp_path / "config.json").write_text(json.dumps(config))
    with torch.no_grad():
        expected = load(tmp_path)(IDS, use_cache=False).logits
    assert (walked(Skeleton(tmp_path), IDS) - expected).abs().max() < 1e-5


def test_files_that_do_not_fit_the_configuration_are_named(tmp_path):
    files = stored(save(tmp_path, "llama"))
    key = "model.layers.1.mlp.up_proj.weight"
    rewrite(tmp_path, files | {key: torch.zeros(96, 32)})
    with pytest.raises(UserError, match=rf"{key} has shape \(96, 32\); by config.json it is \(96, 64\)"):
        Skeleton(tmp_path)
    rewrite(tmp_path, {name: tensor for name, tensor in files.items() if name != key})
    with pytest.raises(UserError, match=f"has no tensor for {key}"):
        Skeleton(tmp_path)
