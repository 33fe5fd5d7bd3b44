"""The model families that are converted to GGUF, and what llama.cpp stores in another way than transformers.

Source: conversion/ and src/models/ of llama.cpp.
"""

from pathlib import Path
from typing import NamedTuple

import gguf

from fourbit.errors import UserError

ARCH = gguf.MODEL_ARCH


class Family(NamedTuple):
    """permuted: rows of q and k are reordered;  norm: what a norm's stored weight lacks of the factor it stands for."""

    arch: ARCH
    permuted: bool = False
    norm: float = 0.0


FAMILIES = {
    "LlamaForCausalLM": Family(ARCH.LLAMA, permuted=True),
    "MistralForCausalLM": Family(ARCH.LLAMA, permuted=True),
    "MixtralForCausalLM": Family(ARCH.LLAMA, permuted=True),
    "Qwen2ForCausalLM": Family(ARCH.QWEN2),
    "Qwen3ForCausalLM": Family(ARCH.QWEN3),
    "Qwen3MoeForCausalLM": Family(ARCH.QWEN3MOE),
    "Gemma2ForCausalLM": Family(ARCH.GEMMA2, norm=1.0),
    "Gemma3ForCausalLM": Family(ARCH.GEMMA3, norm=1.0),
    "Gemma3ForConditionalGeneration": Family(ARCH.GEMMA3, norm=1.0),
    "Phi3ForCausalLM": Family(ARCH.PHI3),
}
COVERED = "Llama, Mistral, Mixtral, Qwen2 and 2.5, Qwen3 (dense and mixture of experts), Gemma 2 and 3, Phi-3"


def find(folder: Path, stored: dict) -> Family:
    """The family of config.json's architecture; UserError when it is not covered."""
    named = (stored.get("architectures") or [None])[0]
    if named not in FAMILIES:
        raise UserError(
            f"{folder}: architecture {named} cannot be converted to GGUF here; covered are {COVERED}. "
            "For others use convert_hf_to_gguf.py of llama.cpp"
        )
    return FAMILIES[named]


def read_config(folder: Path) -> dict:
    """config.json of the language model, with the defaults of its class filled in and the rope settings in one place."""
    from transformers import AutoConfig

    try:
        config = AutoConfig.from_pretrained(folder).get_text_config().to_dict()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UserError(f"{folder / 'config.json'}: transformers cannot read it: {reason}") from None
    return complete(config)


def complete(config: dict) -> dict:
    """The configuration with the rope settings in one place, the key-value heads and `rotated`."""
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    if "original_max_position_embeddings" in config:
        rope = {"original_max_position_embeddings": config["original_max_position_embeddings"]} | rope
    config["rope_parameters"] = rope
    heads = config["num_attention_heads"]
    config["num_key_value_heads"] = config.get("num_key_value_heads") or heads
    width = config.get("head_dim") or config["hidden_size"] // heads
    share = rope.get("partial_rotary_factor") or config.get("partial_rotary_factor") or 1.0
    config["rotated"] = int(width * share)  # of a head's dimensions
    return config


def rope_of(config: dict) -> dict:
    """The rope settings of the layers with full attention."""
    rope = config["rope_parameters"]
    return rope.get("full_attention", rope)


def sliding(config: dict) -> list[bool]:
    """Of each layer: whether it attends to a window only."""
    return [kind == "sliding_attention" for kind in config.get("layer_types") or ()]


def check(folder: Path, arch: str, config: dict) -> None:
    """Raises UserError when llama.cpp would compute something else than config.json says, without a word."""
    activation = "gelu_pytorch_tanh" if arch.startswith("gemma") else "silu"
    width = config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"]
    largest = {"gemma2": 46, "gemma3": 62}.get(arch) == config["num_hidden_layers"]
    scaled = config["hidden_size"] // config["num_attention_heads"] if largest else width
    fixed = {
        "hidden_act": (config.get("hidden_activation") or config.get("hidden_act"), activation),
        "query_pre_attn_scalar": (config.get("query_pre_attn_scalar") or scaled, scaled),
        "norm_topk_prob": (config.get("norm_topk_prob", True), True),
        "mlp_only_layers": (config.get("mlp_only_layers") or [], []),
        "decoder_sparse_step": (config.get("decoder_sparse_step") or 1, 1),
    }
    if arch != "phi3":
        fixed["partial_rotary_factor"] = (config["rotated"] / width, 1.0)
    if arch == "gemma2":
        fixed["tie_word_embeddings"] = (config.get("tie_word_embeddings", True), True)
    for key, (found, runs) in fixed.items():
        if found != runs:
            raise UserError(
                f"{folder}: config.json: {key} is {found!r}; llama.cpp runs this family with {runs!r} only"
            )
