"""Quantized checkpoints of small models for tests: rounded to nearest, stored without the walk."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import nn
from transformers import LlamaConfig, LlamaForCausalLM

from fourbit.engine.checkpoint import gptq
from fourbit.engine.checkpoint.shards import PlannedShards
from fourbit.engine.recipe import Recipe
from fourbit.grid import Quantized, quantize_rtn


def tiny_llama(**changes) -> LlamaForCausalLM:
    """Two blocks of width 64, random, the same every time."""
    torch.manual_seed(0)
    shape = {
        "vocab_size": 64,
        "hidden_size": 64,
        "intermediate_size": 96,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "tie_word_embeddings": False,
    }
    model = LlamaForCausalLM(LlamaConfig(**shape | changes)).eval()
    for parameter in model.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)
    return model


def quantize(model: nn.Module, recipe: Recipe) -> dict[str, Quantized]:
    """Round the layers that `recipe` wants quantized, in place; the head too if the recipe says so."""
    layers = {}
    for name, module in model.named_modules():
        own = recipe.for_layer(name)
        if isinstance(module, nn.Linear) and own and ("layers." in name or recipe.head):
            q = quantize_rtn(module.weight.detach().numpy(), own.bits, own.group_size, own.symmetric)
            q = replace(q, zeros=np.maximum(q.zeros, recipe.lowest_zero))
            module.weight = nn.Parameter(torch.from_numpy(q.dequantize()))
            layers[name] = q
    return layers


def store(
    folder: Path,
    model: nn.Module,
    layers: dict[str, Quantized],
    settings: dict,
    parts: Callable[[Quantized], dict[str, torch.Tensor]],
) -> None:
    """Write a model directory whose `layers` are stored as `parts` gives them."""
    state = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    if model.config.tie_word_embeddings:
        del state["lm_head.weight"]
    for name, q in layers.items():
        state.pop(f"{name}.weight", None)
        state |= {f"{name}.{part}": tensor for part, tensor in parts(q).items()}
    folder.mkdir(exist_ok=True)
    write(folder, state)
    config = json.loads(model.config.to_json_string(use_diff=False)) | {"quantization_config": settings}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "quantize_config.json").write_text(json.dumps(settings))


def write(folder: Path, state: dict[str, torch.Tensor]) -> None:
    """The safetensors files of `folder`."""
    for file in folder.glob("*.safetensors"):
        file.unlink()
    shards = PlannedShards(folder, {name: (t.dtype, tuple(t.shape)) for name, t in state.items()}, 50_000)
    for name, tensor in state.items():
        shards.write(name, tensor)
    shards.close()


def store_gptq(folder: Path, model: nn.Module, recipe: Recipe) -> dict[str, Quantized]:
    """Quantize `model` in place and write it as a GPTQ checkpoint."""
    layers = quantize(model, recipe)
    linear = {name for name, module in model.named_modules() if isinstance(module, nn.Linear)}
    bits = {name: layers[name].bits if name in layers else None for name in sorted(linear)}
    settings = gptq.settings(recipe, bits, "model.layers")
    store(folder, model, layers, settings, lambda q: gptq.tensors(q, recipe.format))
    return layers
