"""The tensors that llama.cpp's conversion makes of a model, from its config.json alone: GGUF names and shapes.

    layout = read(json.load(open("config.json")))
    sum(t.size for t in layout.tensors)    # weights

Order: as llama-quantize writes a file: tensors outside of blocks first, then block by block, each by name. The rules of
`gguf.mix` count layers in this order. Standard library only: it runs in the browser. Source: src/models/*.cpp of
llama.cpp, whose loaders say which tensors a file of each architecture holds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import NamedTuple

from fourbit.gguf import known, modules
from fourbit.gguf.dims import Dims, Layer


class Tensor(NamedTuple):
    """`shape` has rows first; its last entry is the row that blocks of weights are cut from.

    `module` is the parameter of transformers' model it is made of, with {} for the number of an expert and commas
    between several; None when there is none or the family's names are not known here.
    """

    name: str
    shape: tuple[int, ...]
    module: str | None = None

    @property
    def size(self) -> int:
        """Number of weights."""
        return prod(self.shape)


@dataclass(frozen=True)
class Layout:
    """`arch` is GGUF's name of the architecture; `dims` the numbers that the shapes follow from."""

    arch: str
    tensors: tuple[Tensor, ...]
    dims: Dims

    @property
    def size(self) -> int:
        """Number of weights."""
        return sum(tensor.size for tensor in self.tensors)


def read(config: dict, assume: bool = False) -> Layout:
    """Layout of a model from the fields of its config.json.

    dims.ConfigError (a UserError and a ValueError) names a missing or impossible field, or an architecture that is not
    known; with `assume` such a one is counted as a Llama-like decoder and `dims.notes` say so.
    """
    return of(known.read(config, assume))


def of(dims: Dims) -> Layout:
    """Layout of a model whose dims are known."""
    found = dict(_outside(dims))
    for index, layer in enumerate(dims.layers):
        block = {f"blk.{index}.{name}": shape for name, shape in _block(dims, layer)}
        found |= dict(sorted(block.items()))
    return Layout(dims.arch, tuple(Tensor(n, s, modules.name(dims, n)) for n, s in found.items()), dims)


def _outside(d: Dims) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Tensors that belong to no block, by name."""
    found: dict[str, tuple[int, ...]] = {"token_embd.weight": (d.vocab, d.embed)}
    found["token_embd_norm.weight" if d.arch in ("lfm2", "lfm2moe") else "output_norm.weight"] = (d.embed,)
    if not d.tied:
        found["output.weight"] = (d.vocab, d.embed)
    if d.has("out_bias"):
        found["output.bias"] = (d.vocab,)
    if d.has("norm_bias"):
        found["output_norm.bias"] = (d.embed,)
    if d.has("rope_freqs"):
        widest = max(layer.key for layer in d.layers)
        found["rope_freqs.weight"] = ((widest if d.arch == "gemma4" else d.rope) // 2,)
    if d.has("rope_factors"):
        found["rope_factors_long.weight"] = found["rope_factors_short.weight"] = (d.rope // 2,)
    if d.per_layer:
        found["per_layer_token_embd.weight"] = (d.vocab, d.per_layer * len(d.layers))
        found["per_layer_model_proj.weight"] = (d.per_layer * len(d.layers), d.embed)
        found["per_layer_proj_norm.weight"] = (d.per_layer,)
    if altup := d.extra.get("altup"):
        found["altup_proj.weight"] = found["altup_unembd_proj.weight"] = (altup - 1, d.embed, d.embed)
    return iter(sorted(found.items()))


def _block(d: Dims, layer: Layer) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Tensors of one block, without its number."""
    if d.has("norm"):
        yield "attn_norm.weight", (d.embed,)
        if d.has("norm_bias"):
            yield "attn_norm.bias", (d.embed,)
    if layer.attention == "latent":
        yield from _latent(d, layer)
    elif layer.attention:
        yield from _attention(d, layer)
    if layer.state:
        yield from _STATES[layer.state](d, layer)
    if d.has("ffn_norm"):
        yield "ffn_norm" if d.arch == "falcon-h1" else "ffn_norm.weight", (d.embed,)
        if d.has("norm_bias"):
            yield "ffn_norm.bias", (d.embed,)
    if d.has("post_norm"):
        yield "post_attention_norm.weight", (d.embed,)
    if d.has("post_ffw"):
        yield "post_ffw_norm.weight", (d.embed,)
    if layer.feed:
        yield from _feed(d, layer.feed)
    if layer.experts:
        yield from _experts(d, layer)
    if d.per_layer:
        yield from _per_layer(d)


def _attention(d: Dims, layer: Layer) -> Iterator[tuple[str, tuple[int, ...]]]:
    q, k, v = layer.heads * layer.key, layer.kv_heads * layer.key, layer.kv_heads * layer.value
    out, reads_own = layer.heads * layer.value, layer.cached or d.per_layer > 0  # Gemma stores what it shares
    if d.has("fused_qkv"):
        yield "attn_qkv.weight", (q + k + v, d.embed)
    else:
        yield "attn_q.weight", (q * (2 if d.has("gated_q") else 1), d.embed)
        if reads_own:
            yield "attn_k.weight", (k, d.embed)
            if not (d.double and layer.attention == "full"):
                yield "attn_v.weight", (v, d.embed)
    if d.has("qkv_bias"):
        yield from (("attn_q.bias", (q,)), ("attn_k.bias", (k,)), ("attn_v.bias", (v,)))
    yield "attn_output.weight", (d.embed, out)
    if d.has("o_bias"):
        yield "attn_output.bias", (d.embed,)
    wide, heads = d.has("qk_norm_wide"), d.has("qk_norm_heads")
    if wide or heads or d.has("qk_norm"):
        yield "attn_q_norm.weight", (q,) if wide else (layer.heads, layer.key) if heads else (layer.key,)
        if reads_own:
            yield (
                "attn_k_norm.weight",
                (k,) if wide else (layer.kv_heads, layer.key) if heads else (layer.key,),
            )
    if d.has("sinks"):
        yield "attn_sinks.weight", (layer.heads,)


def _latent(d: Dims, layer: Layer) -> Iterator[tuple[str, tuple[int, ...]]]:
    q = layer.heads * d.key_latent
    if d.q_rank:
        yield from (("attn_q_a.weight", (d.q_rank, d.embed)), ("attn_q_a_norm.weight", (d.q_rank,)))
        yield "attn_q_b.weight", (q, d.q_rank)
    else:
        yield "attn_q.weight", (q, d.embed)
    yield from (
        ("attn_kv_a_mqa.weight", (d.kv_rank + d.rope, d.embed)),
        ("attn_kv_a_norm.weight", (d.kv_rank,)),
    )
    yield "attn_k_b.weight", (layer.heads, d.kv_rank, d.key_latent - d.rope)
    yield "attn_v_b.weight", (layer.heads, d.value_latent, d.kv_rank)
    yield "attn_output.weight", (d.embed, layer.heads * d.value_latent)


def _feed(d: Dims, width: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    fused = d.has("fused_gate")
    if d.has("gate"):
        yield "ffn_gate.weight", (width, d.embed)
    yield from (
        ("ffn_up.weight", (width * (2 if fused else 1), d.embed)),
        ("ffn_down.weight", (d.embed, width)),
    )
    if d.has("feed_bias"):
        yield from (("ffn_up.bias", (width,)), ("ffn_down.bias", (d.embed,)))
        if d.has("gate"):
            yield "ffn_gate.bias", (width,)


def _experts(d: Dims, layer: Layer) -> Iterator[tuple[str, tuple[int, ...]]]:
    n, wide, narrow = d.experts, d.expert_feed, d.latent or d.embed
    yield "ffn_gate_inp.weight", (n, d.embed)
    if d.arch == "gemma4":  # gate and up stay fused; scales and norms of its own
        yield from (
            ("ffn_gate_up_exps.weight", (n, 2 * wide, narrow)),
            ("ffn_down_exps.weight", (n, narrow, wide)),
        )
        yield from (("ffn_gate_inp.scale", (d.embed,)), ("ffn_down_exps.scale", (n,)))
        yield from (
            (f"{name}.weight", (d.embed,))
            for name in ("pre_ffw_norm_2", "post_ffw_norm_1", "post_ffw_norm_2")
        )
        return
    gate = ("gate",) if d.has("gate") else ()
    for name in (*gate, "up"):
        yield f"ffn_{name}_exps.weight", (n, wide, narrow)
    yield "ffn_down_exps.weight", (n, narrow, wide)
    if d.has("expert_bias"):
        yield "ffn_gate_inp.bias", (n,)
        yield from ((f"ffn_{name}_exps.bias", (n, wide)) for name in ("gate", "up"))
        yield "ffn_down_exps.bias", (n, d.embed)
    if d.latent:
        yield from (
            ("ffn_latent_down.weight", (narrow, d.embed)),
            ("ffn_latent_up.weight", (d.embed, narrow)),
        )
    if d.has("probs_bias"):
        yield "exp_probs_b.bias", (n,)
    if d.shared_feed:
        for name in (*gate, "up"):
            yield f"ffn_{name}_shexp.weight", (d.shared_feed, d.embed)
        yield "ffn_down_shexp.weight", (d.embed, d.shared_feed)
        if d.has("shared_gate"):
            yield "ffn_gate_inp_shexp.weight", (d.embed,)


def _mamba(d: Dims, layer: Layer) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield from (("ssm_in.weight", (2 * d.inner, d.embed)), ("ssm_out.weight", (d.embed, d.inner)))
    yield from (("ssm_conv1d.weight", (d.inner, d.conv)), ("ssm_conv1d.bias", (d.inner,)))
    yield "ssm_x.weight", (d.ranks + 2 * d.state, d.inner)
    yield from (("ssm_dt.weight", (d.inner, d.ranks)), ("ssm_dt.bias", (d.inner,)))
    yield from (("ssm_a", (d.inner, d.state)), ("ssm_d", (d.inner,)))


def _mamba2(d: Dims, layer: Layer) -> Iterator[tuple[str, tuple[int, ...]]]:
    mixed = d.inner + 2 * d.groups * d.state
    yield from (
        ("ssm_in.weight", (d.inner + mixed + d.ranks, d.embed)),
        ("ssm_out.weight", (d.embed, d.inner)),
    )
    yield from (
        ("ssm_conv1d.weight", (mixed, d.conv)),
        ("ssm_conv1d.bias", (mixed,)),
        ("ssm_dt.bias", (d.ranks,)),
    )
    yield from (("ssm_a", (d.ranks, 1)), ("ssm_d", (d.ranks, 1)))
    if d.has("ssm_norm"):
        yield "ssm_norm.weight", (d.groups, d.inner // d.groups)


def _delta(d: Dims, layer: Layer) -> Iterator[tuple[str, tuple[int, ...]]]:
    mixed = 2 * d.groups * d.state + d.inner
    yield from (("attn_qkv.weight", (mixed, d.embed)), ("attn_gate.weight", (d.inner, d.embed)))
    yield from (("ssm_conv1d.weight", (mixed, d.conv)), ("ssm_dt.bias", (d.ranks,)), ("ssm_a", (d.ranks,)))
    if d.has("ba"):
        yield "ssm_ba.weight", (2 * d.ranks, d.embed)
    else:
        yield from (("ssm_beta.weight", (d.ranks, d.embed)), ("ssm_alpha.weight", (d.ranks, d.embed)))
    yield from (("ssm_norm.weight", (d.inner // d.ranks,)), ("ssm_out.weight", (d.embed, d.inner)))


def _kda(d: Dims, layer: Layer) -> Iterator[tuple[str, tuple[int, ...]]]:
    head, wide = d.inner, d.inner * layer.heads  # `inner` is one head's width here
    for name in "qkv":
        yield f"attn_{name}.weight", (wide, d.embed)
        yield f"ssm_conv1d_{name}.weight", (wide, 1, d.conv)
    for name in "fg":
        yield from ((f"ssm_{name}_a.weight", (head, d.embed)), (f"ssm_{name}_b.weight", (wide, head)))
    yield from (
        ("ssm_beta.weight", (layer.heads, d.embed)),
        ("ssm_a", (layer.heads, 1)),
        ("ssm_dt.bias", (wide,)),
    )
    yield from (("ssm_norm.weight", (head,)), ("attn_output.weight", (d.embed, wide)))


def _conv(d: Dims, layer: Layer) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield "shortconv.conv.weight", (d.embed, d.conv)
    yield from (
        ("shortconv.in_proj.weight", (3 * d.embed, d.embed)),
        ("shortconv.out_proj.weight", (d.embed, d.embed)),
    )


def _per_layer(d: Dims) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Gemma 3n's and 4's embedding per layer, and 3n's alternating updates and low-rank branch."""
    yield from (("inp_gate.weight", (d.per_layer, d.embed)), ("proj.weight", (d.embed, d.per_layer)))
    yield "post_norm.weight", (d.embed,)
    if n := d.extra.get("altup"):
        rank = d.extra["laurel"]
        yield from (("altup_correct_coef.weight", (n, n)), ("altup_correct_scale.weight", (d.embed,)))
        yield from (("altup_predict_coef.weight", (n * n, n)), ("altup_router.weight", (n, d.embed)))
        yield from (("altup_router_norm.weight", (d.embed,)), ("laurel_post_norm.weight", (d.embed,)))
        yield from (("laurel_l.weight", (rank, d.embed)), ("laurel_r.weight", (d.embed, rank)))


_STATES = {"mamba": _mamba, "mamba2": _mamba2, "delta": _delta, "kda": _kda, "conv": _conv}
