"""The keys and values of a model's GGUF file: what llama.cpp needs to run it, and what programs show of it.

Keys and their types are those of the `gguf` library's writer.
"""

import math
import re
from pathlib import Path

import gguf
from gguf.gguf_writer import GGUFValue

from fourbit.gguf import families, tokenizer
from fourbit.gguf.plan import Plan, Planned


def read(plan: Plan, file_type: int, pre: str | None = None) -> dict[str, GGUFValue]:
    """All metadata of the file, in its order.

    file_type  general.file_type: the number in `mix.FILE_TYPES`; 0 F32, 1 F16, 32 BF16
    pre        name of the pre-tokenizer, for a tokenizer that is not recognized
    Raises UserError when the tokenizer cannot be written so that llama.cpp cuts texts alike.
    """
    writer = gguf.GGUFWriter(None, plan.arch)
    writer.add_type(gguf.GGUFType.MODEL)
    writer.add_name(_name(plan.folder))
    writer.add_size_label(_size_label(plan.tensors))
    embedding = next(planned for planned in plan.tensors if planned.name == "token_embd.weight")
    _add_model(writer, plan.config)
    _add_rope(writer, plan.arch, plan.config)
    _SPECIAL.get(plan.arch, lambda *_: None)(writer, plan.config)
    writer.add_file_type(file_type)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    tokenizer.add(writer, plan.folder, embedding.shape[0], pre)
    keys = writer.kv_data[0]
    keys["general.name"].value = _fitting_name(keys, tokenizer.strips(plan.folder))
    return keys


def _name(folder: Path) -> str:
    """Name of the folder; in the hub's cache, models--OWNER--NAME/snapshots/HASH, that of the model."""
    resolved = folder.resolve()
    cached = re.match(r"models--.*?--(.+)", resolved.parent.parent.name)
    return cached[1] if cached and resolved.parent.name == "snapshots" else resolved.name


PHI3 = re.compile("phi-?3", re.IGNORECASE)
PHI3_TOKENS = {"</s>", "<unk>", "<s>", "<|endoftext|>"}


def _fitting_name(keys: dict[str, GGUFValue], strips: bool) -> str:
    """The model's name, changed where llama.cpp would take the wrong tokenizer's habits from it.

    When the name has "phi-3" in it, spaces after control tokens are dropped, as Phi-3's tokenizer does, and the file is
    not loaded unless it has PHI3_TOKENS.
    """
    name, tokens = keys["general.name"].value, keys["tokenizer.ggml.tokens"].value
    if strips and PHI3_TOKENS.issubset(tokens):
        return name if PHI3.search(name) else f"{name} (Phi-3)"
    return PHI3.sub("phi 3", name)


def _size_label(tensors: tuple[Planned, ...]) -> str:
    """Such as 8.0B, or 128x0.3B of a mixture of experts."""
    experts = [planned.shape for planned in tensors if "_exps." in planned.name]
    total = sum(math.prod(planned.shape) for planned in tensors)
    in_experts = sum(map(math.prod, experts))
    count = experts[0][0] if experts else 0
    return gguf.size_label(total, total - in_experts, in_experts // max(count, 1), count)


def _add_model(writer: gguf.GGUFWriter, config: dict) -> None:
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    if config.get("head_dim"):
        writer.add_key_length(config["head_dim"])
        writer.add_value_length(config["head_dim"])
    writer.add_vocab_size(config["vocab_size"])
    if experts := config.get("num_local_experts") or config.get("num_experts"):
        writer.add_expert_count(experts)
        writer.add_expert_used_count(config["num_experts_per_tok"])


def _add_rope(writer: gguf.GGUFWriter, arch: str, config: dict) -> None:
    rope = families.rope_of(config)
    writer.add_rope_dimension_count(config["rotated"])
    writer.add_rope_freq_base(rope.get("rope_theta", 10_000.0))
    kind = rope.get("rope_type")
    if kind in ("linear", "yarn"):
        writer.add_rope_scaling_type(gguf.RopeScalingType(kind))
        writer.add_rope_scaling_factor(rope["factor"])
    if kind == "yarn":
        trained = rope.get("original_max_position_embeddings") or config["max_position_embeddings"]
        writer.add_rope_scaling_orig_ctx_len(trained)
        if (scale := rope.get("attention_factor")) is not None:
            writer.add_rope_scaling_yarn_attn_factor(scale)
        if (fast := rope.get("beta_fast")) is not None:
            writer.add_rope_scaling_yarn_beta_fast(fast)
        if (slow := rope.get("beta_slow")) is not None:
            writer.add_rope_scaling_yarn_beta_slow(slow)


def _qwen3moe(writer: gguf.GGUFWriter, config: dict) -> None:
    writer.add_expert_feed_forward_length(config["moe_intermediate_size"])


def _gemma2(writer: gguf.GGUFWriter, config: dict) -> None:
    writer.add_attn_logit_softcapping(config["attn_logit_softcapping"])
    writer.add_final_logit_softcapping(config["final_logit_softcapping"])
    _add_windows(writer, config, period=2)


def _gemma3(writer: gguf.GGUFWriter, config: dict) -> None:
    if capped := config.get("final_logit_softcapping"):
        writer.add_final_logit_softcapping(capped)
    if any(families.sliding(config)):
        _add_windows(writer, config, period=6)
        if local := config["rope_parameters"].get("sliding_attention", {}).get("rope_theta"):
            writer.add_rope_freq_base_swa(local)


def _add_windows(writer: gguf.GGUFWriter, config: dict, period: int) -> None:
    """period: llama.cpp takes every such layer for one with full attention, unless the file has a list."""
    writer.add_sliding_window(config["sliding_window"])
    layers = families.sliding(config)
    if layers != [(i + 1) % period != 0 for i in range(len(layers))]:
        writer.add_sliding_window_pattern(layers)


def _phi3(writer: gguf.GGUFWriter, config: dict) -> None:
    rope = config["rope_parameters"]
    trained = rope["original_max_position_embeddings"]
    writer.add_rope_scaling_orig_ctx_len(trained)
    writer.add_sliding_window(
        config.get("sliding_window") or 0
    )  # without the key llama.cpp assumes one for Phi-3
    if rope.get("rope_type") in ("longrope", "su"):
        longer = config["max_position_embeddings"] / trained
        scale = math.sqrt(1 + math.log(longer) / math.log(trained)) if longer > 1 else 1.0
        writer.add_rope_scaling_attn_factors(scale)


_SPECIAL = {"qwen3moe": _qwen3moe, "gemma2": _gemma2, "gemma3": _gemma3, "phi3": _phi3}
