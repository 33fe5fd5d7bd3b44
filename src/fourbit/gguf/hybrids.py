"""Models that keep a state between tokens: Mamba, gated delta nets, short convolutions, and their mixtures with attention.

Standard library only. Source: conversion/*.py and src/models/*.cpp of llama.cpp.
"""

from dataclasses import replace

from fourbit.gguf.architectures import latent, qwen_moe
from fourbit.gguf.dims import Config, ConfigError, Dims, Layer, dense_first

NOTHING = Layer(attention="", feed=0)


def kimi_linear(c: Config, d: Dims) -> Dims:
    linear = Config(c.of(dict, "linear_attn_config"))
    full = set(linear.of(list, "full_attn_layers"))  # counted from 1
    d = latent(c, d)
    layers = (
        x if i in full else x._replace(attention="", state="kda", kv_heads=0)
        for i, x in enumerate(d.layers, start=1)
    )
    taps, width = linear.number("short_conv_kernel_size", default=4), linear.number("head_dim", default=128)
    return replace(d, layers=tuple(layers), conv=taps, inner=width)


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
        groups=c.number("mamba_n_groups", "n_groups", "n_group", default=1, least=1),
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
    pattern = c.of(str, "hybrid_override_pattern") or [
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
        inner // c.number("head_dim", default=64, least=1)
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
        groups=c.number("n_groups", default=1, least=1) if two else 0,
        ranks=ranks,
        context=1 << 20,
        features=frozenset({"norm", "ssm_norm"} if two else {"norm"}),
    )


def lfm2(c: Config, d: Dims) -> Dims:
    """Short convolutions in most layers."""
    size, feed = len(d.layers), d.layers[0].feed
    full = set(c.of(list, "full_attn_idxs"))
    kinds = c.kinds(size) or ["full_attention" if i in full else "conv" for i in range(size)]
    if c.flag("block_auto_adjust_ff_dim"):
        step = c.number("block_multiple_of", default=256, least=1)
        feed = int(c.ratio("block_ffn_dim_multiplier") * int(2 * feed / 3))
        feed = step * -(-feed // step)
    layers = (
        x._replace(feed=feed)
        if kind == "full_attention"
        else x._replace(feed=feed, attention="", state="conv", kv_heads=0)
        for x, kind in zip(d.layers, kinds, strict=True)
    )
    d = replace(d, layers=tuple(layers), conv=c.number("conv_L_cache", default=3))
    return dense_first(d, c.number("num_dense_layers", default=0)) if d.experts else d
