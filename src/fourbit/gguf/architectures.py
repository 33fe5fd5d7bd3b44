"""Which GGUF architecture a transformers class is, and how each differs from a plain decoder.

Standard library only. Source: conversion/*.py and src/models/*.cpp of llama.cpp.
"""

from collections.abc import Callable
from dataclasses import replace

from fourbit.gguf.dims import Config, ConfigError, Dims, dense_first, windows

Change = Callable[[Config, Dims], Dims]


def window(every: int) -> Change:
    return lambda c, d: windows(c, d, every)


def biased(c: Config, d: Dims) -> Dims:
    """Biases as the config has them; in some families on the output projection too."""
    found, plain = set(), d.arch in ("llama", "granite", "mistral3")
    if c.flag("attention_bias", "use_bias", "use_qkv_bias", "bias"):
        found.add("qkv_bias")
        if c.flag("attention_out_bias", default=plain):
            found.add("o_bias")
    if c.flag("mlp_bias") and plain:
        found.add("feed_bias")
    return replace(d, features=d.features | found)


def phi3(c: Config, d: Dims) -> Dims:
    rope = c.of(dict, "rope_scaling", "rope_parameters")
    long = rope.get("long_factor") or rope.get("rope_type", rope.get("type")) == "longrope"
    return windows(c, replace(d, features=d.features | ({"rope_factors"} if long else set())), 1)


def experts(c: Config, d: Dims) -> Dims:
    """Experts in every layer and nothing beside them."""
    return dense_first(d, 0)


def shared(c: Config, d: Dims) -> Dims:
    """Experts with shared ones beside them; the first layers may be dense."""
    count = c.number(
        "n_shared_experts", "num_shared_experts", "moe_num_shared_experts", "num_shared_expert", default=0
    )
    width = c.number(
        "shared_expert_intermediate_size",
        "shared_intermediate_size",
        "moe_shared_expert_intermediate_size",
        default=0,
    )
    lead = c.number("first_k_dense_replace", "moe_layer_start_index", "num_dense_layers", default=0)
    return dense_first(biased(c, replace(d, shared_feed=width or count * d.expert_feed)), lead)


def qwen_moe(c: Config, d: Dims) -> Dims:
    if c.get("mlp_only_layers") or c.number("decoder_sparse_step", default=1) != 1:
        raise ConfigError(
            "some layers of this model are dense by 'mlp_only_layers' or 'decoder_sparse_step', which is not covered"
        )
    return shared(c, d)


def latent(c: Config, d: Dims) -> Dims:
    """DeepSeek's attention: one compressed vector per token in place of keys and values."""
    rank, rope = c.number("kv_lora_rank", least=1), c.number("qk_rope_head_dim", least=1)
    biased = c.get("topk_method") == "noaux_tc" or c.get("scoring_func") == "sigmoid"
    return shared(
        c,
        replace(
            d,
            q_rank=c.number("q_lora_rank", default=0),
            kv_rank=rank,
            rope=rope,
            key_latent=c.number("qk_nope_head_dim", least=1) + rope,
            value_latent=c.number("v_head_dim", least=1),
            layers=tuple(
                x._replace(attention="latent", kv_heads=1, key=rank + rope, value=rank) for x in d.layers
            ),
            features=d.features | ({"probs_bias"} if biased else set()),
        ),
    )


def gpt_oss(c: Config, d: Dims) -> Dims:
    return windows(c, dense_first(d, 0), 2)


def llama4(c: Config, d: Dims) -> Dims:
    step, feed = (
        c.number("interleave_moe_layer_step", default=1, least=1),
        c.number("intermediate_size", least=1),
    )
    wide = c.number("intermediate_size_mlp", default=feed)
    local = c.of(list, "no_rope_layers") or [int((i + 1) % 4 != 0) for i in range(len(d.layers))]
    if len(local) != len(d.layers):
        raise ConfigError(f"the config lists {len(local)} no_rope_layers for {len(d.layers)} layers")
    layers = (
        x._replace(attention="window" if local[i] else "full", experts=sparse, feed=0 if sparse else wide)
        for i, x in enumerate(d.layers)
        for sparse in ((i + 1) % step == 0,)
    )
    chunk = c.number("attention_chunk_size", default=8192)
    return replace(d, window=chunk, chunked=True, expert_feed=feed, shared_feed=feed, layers=tuple(layers))


def gemma3n(c: Config, d: Dims) -> Dims:
    d = windows(c, d, 5)
    first = len(d.layers) - c.number("num_kv_shared_layers", default=0)
    return replace(
        d,
        per_layer=c.number("hidden_size_per_layer_input", least=1),
        layers=tuple(x._replace(cached=i < first) for i, x in enumerate(d.layers)),
        extra={
            "altup": c.number("altup_num_inputs", default=4),
            "laurel": c.number("laurel_rank", default=64),
        },
    )


def gemma4(c: Config, d: Dims) -> Dims:
    """Wider heads in full-attention layers; late layers share keys and values and may have twice the width."""
    d = windows(c, d, 6)
    d = replace(d, layers=(*d.layers[:-1], d.layers[-1]._replace(attention="full")))  # the last one always
    base, first = d.layers[0], len(d.layers) - c.number("num_kv_shared_layers", default=0)
    key = c.number("global_head_dim", default=base.key)
    heads = c.number("num_global_key_value_heads", default=base.kv_heads)
    late = 2 if c.flag("use_double_wide_mlp") else 1
    layers = (
        (x._replace(key=key, value=key, kv_heads=heads) if x.attention == "full" else x)._replace(
            cached=i < first, feed=x.feed * (late if i >= first else 1)
        )
        for i, x in enumerate(d.layers)
    )
    return replace(
        d,
        layers=tuple(layers),
        per_layer=c.number("hidden_size_per_layer_input", default=0),
        double=c.flag("attention_k_eq_v"),
        features=d.features | {"rope_freqs"},
    )


def glm_moe(c: Config, d: Dims) -> Dims:
    return shared(c, replace(d, features=d.features | ({"qk_norm"} if c.flag("use_qk_norm") else set())))


def command_r(c: Config, d: Dims) -> Dims:
    return replace(d, features=d.features | ({"qk_norm_heads"} if c.flag("use_qk_norm") else set()))


def same(c: Config, d: Dims) -> Dims:
    return d
