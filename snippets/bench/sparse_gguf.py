# /// script
# [tool.fourbit]
# tier = "shown"
# reason = "vram_oracle.py and the tests run it"
# ///
"""A GGUF file of a header and a hole: a few hundred KB for any model.

Used by vram_oracle.py and by tests/vram/test_model.py.
"""

import gguf
import numpy as np

from fourbit.gguf.types import TYPES


def keys(d):
    """Key/values that llama.cpp reads, from the dims of a model."""
    kinds = [x.attention for x in d.layers]
    full = next((x for x in d.layers if x.attention == "full"), None)
    one = full or next((x for x in d.layers if x.attention), None)
    feed = [x.feed for x in d.layers]
    own = sum(x.cached for x in d.layers)
    found = {
        "context_length": d.context or 4096,
        "embedding_length": d.embed,
        "block_count": len(d.layers),
        "feed_forward_length": feed if any(feed) else d.expert_feed,
        "attention.head_count": d.heads,
        "attention.head_count_kv": [x.kv_heads for x in d.layers],
        "attention.layer_norm_rms_epsilon": 1e-5,
        "attention.layer_norm_epsilon": 1e-5,
        "rope.freq_base": 1e4,
        "vocab_size": d.vocab,
        "logit_scale": 1.0,
    }
    if d.arch.startswith("nemotron_h") and d.experts:
        found["feed_forward_length"] = [
            d.expert_feed if x.experts else x.feed for x in d.layers
        ]
    if d.arch.startswith("qwen3"):  # one number: not by layer
        found["attention.head_count_kv"] = one.kv_heads
    if one:
        found |= {
            "attention.key_length": one.key,
            "attention.value_length": one.value,
            "rope.dimension_count": d.rope or one.key,
        }
    if d.arch == "gemma4":
        found["rope.dimension_count"] = one.key
    if "window" in kinds and d.arch not in IGNORES_WINDOW:
        local = d.layers[kinds.index("window")]
        found |= {
            "attention.sliding_window": d.window,
            "attention.sliding_window_pattern": [
                k == "window" for k in kinds
            ],
            "attention.key_length_swa": local.key,
            "attention.value_length_swa": local.value,
            "rope.dimension_count_swa": local.key,
            "rope.freq_base_swa": 1e4,
        }
    if d.experts:
        lead = next(i for i, x in enumerate(d.layers) if x.experts)
        found |= {
            "expert_count": d.experts,
            "expert_used_count": d.experts_used,
            "expert_feed_forward_length": d.expert_feed,
            "expert_shared_feed_forward_length": d.shared_feed,
            "expert_shared_count": d.shared_feed // d.expert_feed,
            "expert_group_count": 1,
            "expert_weights_scale": 1.0,
            "expert_weights_norm": True,
            "expert_gating_func": 2,
            "leading_dense_block_count": lead,
            "interleave_moe_layer_step": sum(1 for _ in d.layers)
            // sum(x.experts for x in d.layers),
            "moe_latent_size": d.latent,
        }
    if d.kv_rank:
        found |= {
            "attention.q_lora_rank": d.q_rank,
            "attention.kv_lora_rank": d.kv_rank,
            "attention.key_length_mla": d.key_latent,
            "attention.value_length_mla": d.value_latent,
            "attention.key_length": d.kv_rank + d.rope,
            "attention.value_length": d.kv_rank,
            "rope.dimension_count": d.rope,
        }
        if not d.q_rank:
            del found["attention.q_lora_rank"]
    if d.conv:
        found |= {
            "ssm.conv_kernel": d.conv,
            "ssm.inner_size": d.inner,
            "ssm.state_size": d.state,
            "ssm.time_step_rank": d.ranks,
            "ssm.group_count": d.groups,
            "shortconv.l_cache": d.conv,
            "kda.head_dim": d.inner,
            "attention.recurrent_layers": [
                bool(x.state) for x in d.layers
            ],
        }
    if d.per_layer:
        found |= {
            "embedding_length_per_layer_input": d.per_layer,
            "attention.shared_kv_layers": len(d.layers) - own,
            "altup.num_inputs": d.extra.get("altup", 0),
            "altup.active_idx": 0,
        }
    elif d.arch == "gemma4":
        found["embedding_length_per_layer_input"] = 0
        found["attention.shared_kv_layers"] = 0
    if d.arch == "apertus":
        for name in ("alpha_n", "alpha_p", "beta", "eps"):
            found[f"xielu.{name}"] = [0.5] * len(d.layers)
    if d.arch in ("qwen35", "qwen35moe", "qwen2vl", "qwen3vl"):
        found["rope.dimension_sections"] = [11, 11, 10, 0]
    return {
        name if name.startswith("xielu") else f"{d.arch}.{name}": v
        for name, v in found.items()
    }


IGNORES_WINDOW = {"llama", "mistral3", "qwen2", "starcoder2", "phi3"}
FLOATS = ("scale", "epsilon", "freq_base", "freq_base_swa")


def sparse(path, found, kinds):
    """Header of a file with tensors of these types, and a hole."""
    dims = found.dims
    w = gguf.GGUFWriter(path, found.arch)
    w.add_tokenizer_model("no_vocab")
    for key, value in keys(dims).items():
        if isinstance(value, list):
            w.add_array(key, value)
        elif isinstance(value, bool):
            w.add_bool(key, value)
        elif isinstance(value, float):
            w.add_float32(key, value)
        else:
            w.add_uint32(key, value)
    total = 0
    for tensor in found.tensors:
        kind = TYPES[kinds[tensor.name]]
        row = kind.row_bytes(tensor.shape[-1])
        size = row * (tensor.size // tensor.shape[-1])
        shape = [*tensor.shape[:-1], row]
        data = np.uint8
        w.add_tensor_info(
            tensor.name,
            shape,
            np.dtype(data),
            size,
            raw_dtype=gguf.GGMLQuantizationType(kind.id),
        )
        total += -(-size // 32) * 32
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_ti_data_to_file()
    w.close()
    path.open("r+b").truncate(
        -(-path.stat().st_size // 32) * 32 + total
    )
