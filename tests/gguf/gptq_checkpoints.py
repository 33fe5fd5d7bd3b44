"""Quantized checkpoints of small random models for the tests of the lossless file, and readers of such files."""

import json
import shutil
from dataclasses import replace
from zlib import crc32

import gguf
import libgguf
import numpy as np
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModelForCausalLM

from fourbit import tiny
from fourbit.engine import models
from fourbit.engine.checkpoint import gptq
from fourbit.engine.evaluate import cut, evaluate
from fourbit.engine.llamacpp import Gguf
from fourbit.gguf import plan
from fourbit.grid import quantize_rtn

COMMON = {
    "vocab_size": 2048,
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 32,
    "max_position_embeddings": 128,
    "tie_word_embeddings": False,
    "pad_token_id": 0,
    "bos_token_id": 0,
    "eos_token_id": 0,
}
EXPERTS = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 64, "norm_topk_prob": True}
MLP = ("gate_proj", "up_proj", "down_proj")


def build(kind: str = "llama", **changes):
    """A random model, the same every time, with float16 values as checkpoints have them."""
    torch.manual_seed(0)
    config = AutoConfig.for_model(kind, **COMMON | changes)
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32).eval()
    for parameter in model.parameters():
        parameter.data = (parameter.data + 0.1 * torch.randn_like(parameter)).half().float()
    return model


def matrices(model) -> dict[str, torch.Tensor]:
    """Tensors by the names that checkpoints use: every expert by itself."""
    state, mixtral = {}, model.config.model_type == "mixtral"
    gate, up, down = ("w1", "w3", "w2") if mixtral else MLP
    for name, tensor in model.state_dict().items():
        layer, found, part = name.partition(".experts.")
        if mixtral:
            layer = layer.replace(".mlp", ".block_sparse_moe")
        if not found:
            state[layer] = tensor
            continue
        for index, expert in enumerate(tensor):
            whole = part == "gate_up_proj"
            leaves = zip((gate, up), expert.chunk(2), strict=True) if whole else [(down, expert)]
            for leaf, values in leaves:
                state[f"{layer}.experts.{index}.{leaf}.weight"] = values
    return state


def checkpoint(
    folder, model, bits=4, group=32, symmetric=True, change=lambda name, q: q, stored_as="gptq_v2", **settings
):
    """A GPTQ checkpoint of `model`. bits: a number, or by name (None: left alone); change: of a layer's codes."""
    state, stored, lowest_zero = matrices(model), {}, int(stored_as == "gptq")
    for name, tensor in state.items():
        layer, own = name.removesuffix(".weight"), bits if isinstance(bits, int) else bits(name)
        if tensor.ndim == 2 and ".layers." in name and not name.endswith(".gate.weight") and own:
            q = change(layer, quantize_rtn(tensor.numpy(), own, group, symmetric, lowest_zero))
            stored |= {f"{layer}.{part}": t for part, t in gptq.tensors(q, stored_as).items()}
        else:
            stored[name] = tensor.half()
    folder.mkdir(exist_ok=True)
    save_file({name: tensor.contiguous() for name, tensor in stored.items()}, folder / "model.safetensors")
    about = {
        "quant_method": "gptq",
        "bits": 4,
        "group_size": group,
        "sym": symmetric,
        "checkpoint_format": stored_as,
    }
    config = model.config.to_dict() | {"quantization_config": about | settings}
    (folder / "config.json").write_text(json.dumps(config | {"architectures": [type(model).__name__]}))
    for file in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(tiny.MODEL / file, folder)
    return folder


def scatter(*parts: str):
    """A `change`: the groups of these layers are spread over the columns, as activation order spreads them."""

    def change(name, q):
        if not name.endswith(parts):
            return q
        return replace(q, g_idx=np.random.default_rng(crc32(name.encode())).permutation(q.g_idx))

    return change


def decoded(path) -> dict[str, np.ndarray]:
    """The file's weights as the gguf library reads them; libgguf must agree to the last bit."""
    found = {}
    for tensor in gguf.GGUFReader(path).tensors:
        values = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        if tensor.tensor_type.name[0] == "Q":
            other = libgguf.dequantize_rows(np.array(tensor.data), int(tensor.tensor_type))
            assert np.array_equal(bits_of(values), bits_of(other.reshape(values.shape))), tensor.name
        found[tensor.name] = values
    return found


def bits_of(values: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(values, np.float32).view(np.uint32)


def same(path, folder, but=()) -> None:
    """Every weight of the file is the checkpoint's."""
    found = decoded(path)
    for tensor in plan.read(folder).tensors:
        if tensor.name not in but:
            assert np.array_equal(bits_of(found.pop(tensor.name)), bits_of(tensor.value())), tensor.name
    assert set(found) == set(but)


def types(report) -> dict[str, str]:
    return {row.name: row.type for row in report.rows}


def close(path, folder) -> None:
    """llama.cpp predicts nearly as transformers does: weights are equal, but its kernels round activations.

    The median, as rounding may send a token to another expert.
    """
    windows = cut(np.random.default_rng(0).integers(0, 2048, 65), 65)
    with Gguf(path, 64) as runs:
        assert 0 < evaluate(runs, windows, models.load(folder)).kl_median < 1e-3


def amend(folder, tensors) -> None:
    """Put other tensors into a checkpoint, or take out those that are None."""
    state = load_file(folder / "model.safetensors") | tensors
    save_file({name: t for name, t in state.items() if t is not None}, folder / "model.safetensors")
