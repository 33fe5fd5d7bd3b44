"""Which GGUF architecture a transformers class is, and how each differs from a plain decoder.

Standard library only. Source: conversion/*.py and src/models/*.cpp of llama.cpp.
"""

from collections.abc import Callable
from dataclasses import replace

from fourbit.gguf.dims import Config, ConfigError, Dims, Layer, dense_first, windows

Change = Callable[[Config, Dims], Dims]
NOTHING = Layer(attention="", feed=0)


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
    rope = c.get("rope_scaling", "rope_parameters", default={}) or {}
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


def kimi_linear(c: Config, d: Dims) -> Dims:
    linear = c.get("linear_attn_config", default={})
    full = set(linear.get("full_attn_layers", ()))  # counted from 1
    d = latent(c, d)
    layers = (
        x if i in full else x._replace(attention="", state="kda", kv_heads=0)
        for i, x in enumerate(d.layers, start=1)
    )
    taps, width = int(linear.get("short_conv_kernel_size", 4)), int(linear.get("head_dim", 128))
    return replace(d, layers=tuple(layers), conv=taps, inner=width)


def gpt_oss(c: Config, d: Dims) -> Dims:
    return windows(c, dense_first(d, 0), 2)


def llama4(c: Config, d: Dims) -> Dims:
    step, feed = (
        c.number("interleave_moe_layer_step", default=1, least=1),
        c.number("intermediate_size", least=1),
    )
    wide = c.number("intermediate_size_mlp", default=feed)
    local = c.get("no_rope_layers") or [int((i + 1) % 4 != 0) for i in range(len(d.layers))]
    layers = (
        x._replace(attention="window" if local[i] else "full", experts=sparse, feed=0 if sparse else wide)
        for i, x in enumerate(d.layers)
        for sparse in ((i + 1) % step == 0,)
    )
    chunk = c.number("attention_chunk_size", default=8192)
    return replace(d, window=chunk, chunked=True, expert_feed=feed, shared_feed=feed, layers=tuple(layers))


def delta(c: Config, d: Dims) -> Dims:
    """Qwen3-Next and Qwen3.5: gated delta net in most layers, gated attention in each fourth."""
    size, every = len(d.layers), c.number("full_attention_interval", default=4, least=1)
    kinds = c.kinds(size) or [
        "linear_attention" if (i + 1) % every else "full_attention" for i in range(size)
    ]
    values = c.number("linear_num_value_heads", least=1)
    layers = (
        x._replace(attention="", state="delta", kv_heads=0) if kind == "linear_attention" else x
        for x, kind in zip(d.layers, kinds, strict=True)
    )
    d = replace(
        d,
        layers=tuple(layers),
        conv=c.number("linear_conv_kernel_dim", default=4),
        inner=c.number("linear_value_head_dim", least=1) * values,
        state=c.number("linear_key_head_dim", least=1),
        groups=c.number("linear_num_key_heads", least=1),
        ranks=values,
    )
    return qwen_moe(c, d) if d.experts else d


def mamba2(c: Config, d: Dims) -> Dims:
    """Sizes of Mamba 2 in a hybrid."""
    ranks = c.number("mamba_n_heads", "mamba_num_heads", least=1)
    width = c.number("mamba_d_head", "mamba_head_dim", default=0)
    inner = c.number("mamba_d_ssm", default=0) or ranks * width
    return replace(
        d,
        conv=c.number("mamba_d_conv", "conv_kernel", default=4),
        inner=inner or c.number("mamba_expand", least=1) * d.embed,
        ranks=ranks,
        state=c.number("mamba_d_state", "ssm_state_size", "state_size", least=1),
        groups=c.number("mamba_n_groups", "n_groups", "n_group", default=1),
    )


def granite_hybrid(c: Config, d: Dims) -> Dims:
    kinds = c.kinds(len(d.layers))
    if kinds is None:
        raise ConfigError("the config of a Granite hybrid needs 'layer_types'")
    shared = c.number("shared_intermediate_size", default=0)
    d = replace(
        d,
        shared_feed=shared if d.experts else 0,
        layers=tuple(x._replace(feed=0 if d.experts else shared or x.feed) for x in d.layers),
    )
    if "mamba" not in kinds:
        return replace(d, arch="granitemoe" if d.experts_used else "granite")
    layers = (
        x if kind == "attention" else x._replace(attention="", state="mamba2", kv_heads=0)
        for x, kind in zip(d.layers, kinds, strict=True)
    )
    return mamba2(c, replace(d, layers=tuple(layers)))


def nemotron_h(c: Config, d: Dims) -> Dims:
    """Each layer is one thing only: Mamba 2 (M), attention (*), a feed-forward part (-) or experts (E)."""
    letters = {"mamba": "M", "linear_attention": "M", "moe": "E", "mlp": "-"}
    pattern = c.get("hybrid_override_pattern") or [
        letters.get(kind, "*") for kind in c.kinds(len(d.layers)) or ()
    ]
    if len(pattern) != len(d.layers) or set(pattern) - set("M*-E"):
        raise ConfigError(
            f"'hybrid_override_pattern' does not describe {len(d.layers)} layers with M, *, - and E"
        )
    base = d.layers[0]
    made = {
        "M": NOTHING._replace(state="mamba2", heads=base.heads),
        "*": base._replace(feed=0, experts=False),
        "-": NOTHING._replace(feed=base.feed),
        "E": NOTHING._replace(experts=True),
    }
    return mamba2(
        c,
        replace(
            d,
            arch="nemotron_h_moe" if d.experts else "nemotron_h",
            shared_feed=c.number("moe_shared_expert_intermediate_size", default=0),
            latent=c.number("moe_latent_size", default=0),
            layers=tuple(made[letter] for letter in pattern),
        ),
    )


def falcon_h1(c: Config, d: Dims) -> Dims:
    norm = {"ssm_norm"} if c.flag("mamba_rms_norm") else set()
    layers = tuple(x._replace(state="mamba2") for x in d.layers)
    return mamba2(c, replace(d, layers=layers, features=d.features | norm))


def mamba(c: Config, arch: str) -> Dims:
    """Mamba 1 and 2 without attention: no heads to read; the vocabulary is padded to a multiple of 8."""
    embed, two = c.number("hidden_size", "d_model", least=1), arch == "mamba2"
    inner = c.number("intermediate_size", "d_inner", default=0) or c.number("expand", default=2) * embed
    ranks = (
        inner // c.number("head_dim", default=64)
        if two
        else c.number("time_step_rank", default=-(embed // -16))
    )
    return Dims(
        arch,
        embed,
        -(-c.number("vocab_size", least=1) // 8) * 8,
        (NOTHING._replace(state=arch),) * c.number("num_hidden_layers", "n_layer", least=1),
        tied=c.flag("tie_word_embeddings", default=True),
        conv=c.number("conv_kernel", "d_conv", default=4),
        inner=inner,
        state=c.number("state_size", "d_state", default=128 if two else 16),
        groups=c.number("n_groups", default=1) if two else 0,
        ranks=ranks,
        context=1 << 20,
        features=frozenset({"norm", "ssm_norm"} if two else {"norm"}),
    )


def lfm2(c: Config, d: Dims) -> Dims:
    """Short convolutions in most layers."""
    size, feed = len(d.layers), d.layers[0].feed
    full = set(c.get("full_attn_idxs", default=[]))
    kinds = c.kinds(size) or ["full_attention" if i in full else "conv" for i in range(size)]
    if c.flag("block_auto_adjust_ff_dim"):
        step = c.number("block_multiple_of", default=256)
        feed = int(c.get("block_ffn_dim_multiplier", default=1.0) * int(2 * feed / 3))
        feed = step * -(-feed // step)
    layers = (
        x._replace(feed=feed)
        if kind == "full_attention"
        else x._replace(feed=feed, attention="", state="conv", kv_heads=0)
        for x, kind in zip(d.layers, kinds, strict=True)
    )
    d = replace(d, layers=tuple(layers), conv=c.number("conv_L_cache", default=3))
    return dense_first(d, c.number("num_dense_layers", default=0)) if d.experts else d


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
