"""Tiny random models, one of each kind of architecture that the engine must be able to walk through."""

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedModel

VOCABULARY = 96

COMMON = {
    "vocab_size": VOCABULARY,
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 64,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}

EXPERTS = {"num_experts_per_tok": 2, "num_hidden_layers": 2}

# What each adds to the common settings; layer types alternate, and windows are shorter than the tests' texts.
CONFIGURATIONS = {
    "llama": {"tie_word_embeddings": False},
    "qwen3": {"head_dim": 32, "tie_word_embeddings": True},
    "mistral": {"sliding_window": 8, "head_dim": 16},
    "gemma3_text": {
        "head_dim": 32,
        "sliding_window": 8,
        "layer_types": ["sliding_attention", "full_attention", "sliding_attention"],
        "final_logit_softcapping": 5.0,
        "query_pre_attn_scalar": 32,
    },
    "phi3": {"sliding_window": 8, "rope_scaling": None},
    "opt": {"ffn_dim": 96, "word_embed_proj_dim": 64, "do_layer_norm_before": True, "dropout": 0.0},
    "mixtral": EXPERTS | {"num_local_experts": 4},
    "qwen3_moe": EXPERTS
    | {"num_experts": 4, "moe_intermediate_size": 32, "head_dim": 32, "mlp_only_layers": [0]},
}

ARCHITECTURES = tuple(CONFIGURATIONS)


def build(name: str, **changes) -> PreTrainedModel:
    """A model of one of ARCHITECTURES, or another type: width 64, float32, the same weights every time."""
    config = AutoConfig.for_model(name, **COMMON | CONFIGURATIONS.get(name, {}) | changes)
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32).eval()
    for parameter in model.parameters():  # so that no part of the model can be left out unnoticed
        parameter.data += 0.15 * torch.randn_like(parameter)
    return model


def save(folder: Path, name: str, dtype: torch.dtype = torch.float32, **changes) -> Path:
    """The model of `build` on disk, in several shards, as transformers stores it."""
    build(name, **changes).to(dtype).save_pretrained(folder, max_shard_size="60KB")
    return folder


def stored(folder: Path) -> dict[str, torch.Tensor]:
    """All tensors of a model directory."""
    return {name: t for file in folder.glob("*.safetensors") for name, t in load_file(file).items()}


def rewrite(folder: Path, state: dict[str, torch.Tensor]) -> Path:
    """Replace the weights of a model directory."""
    for file in folder.glob("model*"):
        file.unlink()
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    return folder
