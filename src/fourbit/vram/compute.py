"""Compute buffers of llama.cpp: the most that its graph allocator has in use at once.

The peak is at the widest place of a graph of `step` tokens. Which place that is depends on the model, so each is
counted, in float32 numbers per token, and the largest taken:

    feed-forward   gate, up, their product, and five copies of the hidden state
    experts        the same for the experts in use, and their outputs where these do not fit in what was freed
    attention      query, keys and values; without flash attention also every score
    state space    the wide projections and the convolution's window
    logits         the vocabulary for each token that is scored

Fitted to what llama.cpp plans on a CPU for 60 models (tests/vram/oracle.csv): the allocator's packing is not modelled,
which is why the result is a range.
"""

from dataclasses import dataclass, replace

from fourbit.gguf.dims import Dims
from fourbit.vram.cache import WHOLE
from fourbit.vram.lines import LLAMA, MIB, Line
from fourbit.vram.settings import Settings, cache_type, pad

SOURCE = (
    LLAMA + "src/llama-context.cpp (sched_reserve), ggml/src/ggml-alloc.c; fitted to tests/vram/oracle.csv"
)
SLACK, SHARE = 5 * MIB, 0.04  # width of the range to either side
PARALLEL = frozenset({"cohere2"})  # attention and feed-forward read the same norm
POST_NORM = frozenset({"olmo2", "exaone4"})  # no norm before attention: one copy less
NO_ROTATION = frozenset({"nemotron_h", "nemotron_h_moe", "granitehybrid", "kimi-linear"})
# copies of the hidden state beside all logits, with and without flash attention, where they are not five
BESIDE_LOGITS = {
    "gemma2": (5, 8),
    "gemma3": (5, 7),
    "gemma4": (5, 8),
    "exaone4": (5, 6),
}
INPUTS = 10  # numbers per token that positions and indices take


@dataclass(frozen=True)
class Peak:
    """A place of the graph. width: numbers per token;  extra: numbers that do not grow with tokens."""

    place: str
    width: float
    formula: str
    extra: int = 0


def peaks(dims: Dims, s: Settings, gpu: bool = False) -> list[Peak]:
    """The places that may be widest, in numbers per token of a graph. gpu: inputs and some copies are elsewhere."""
    found, d = [], dims
    inputs = d.per_layer * len(d.layers)  # Gemma's embeddings per layer are live all the way
    wide = max((layer.feed for layer in d.layers), default=0)
    quantized = cache_type(s.type_k).block > 1
    parallel = d.arch in PARALLEL or (d.arch == "command-r" and quantized)
    copies = 2 if gpu else 6 if parallel else 5
    if wide:
        parts = 3 if d.has("gate") or d.has("fused_gate") else 1
        found.append(
            Peak(
                "feed-forward",
                parts * wide + copies * d.embed + _shared(d, wide, quantized),
                f"{parts} x {wide:,} + {copies} x {d.embed:,}",
            )
        )
    if any(layer.experts for layer in d.layers):
        found += _experts(d, copies)
    if any(layer.attention == "latent" for layer in d.layers):
        found.append(_latent(d, s, gpu))
    elif any(layer.attention for layer in d.layers):
        found.append(_attention(d, s, gpu))
    if any(layer.state == "delta" for layer in d.layers):
        mixed, kept = d.inner + 2 * d.groups * d.state, d.state * d.inner
        copies = 4 if gpu else 5
        several = 7 * s.sequences // 2 if s.sequences > 1 else 1
        found.append(
            Peak(
                "delta net",
                copies * d.embed + 2 * mixed,
                f"{copies} x {d.embed:,} + 2 x {mixed:,}",
                several * kept,
            )
        )
    if any(layer.state in ("mamba", "mamba2") for layer in d.layers):
        found.append(_state(d, s, gpu))
    share = s.scored / s.step
    copies = 1 if gpu else _beside_logits(d)[not s.flash]
    found.append(
        Peak(
            "logits",
            share * d.vocab + copies * d.embed + inputs,
            f"{s.scored:,} of {s.step:,} tokens x {d.vocab:,} + {copies} x {d.embed:,}",
        )
    )
    return [
        replace(p, width=p.width + (inputs if p.place in ("attention", "feed-forward") else 0)) for p in found
    ]


def _beside_logits(d: Dims) -> tuple[int, int]:
    """Copies of the hidden state beside all logits, with and without flash attention: what the allocator leaves unused."""
    each = max((layer.kv_heads * layer.key for layer in d.layers if layer.attention), default=0) == d.embed
    if d.arch == "olmo2":
        return (6, 8) if each else (5, 5)
    return BESIDE_LOGITS.get(d.arch, (5, 7) if each and not d.has("fused_qkv") else (5, 5))


def _shared(d: Dims, wide: int, quantized: bool) -> float:
    """What Gemma 3n's alternating copies and Gemma 4's embeddings per layer add at the feed-forward part."""
    if d.arch == "gemma3n":  # 2.25 F + 12 E + 2 inputs fits both models that exist
        return -0.75 * wide + 7 * d.embed + d.per_layer * len(d.layers)
    inputs = d.per_layer * len(d.layers)
    if d.per_layer:
        return inputs if quantized or wide > inputs else 2 * d.per_layer
    return 0


def _experts(d: Dims, copies: int) -> list[Peak]:
    """Routed experts, and the shared ones while the routed ones' result waits."""
    used, wide, narrow = d.experts_used, d.expert_feed, d.latent or d.embed
    parts = 3 if d.has("gate") else 1
    # outputs of all used experts: they go where gate and up were, if that is large enough
    outputs = used * narrow if 2 * wide < narrow or parts == 1 else 0
    text = (
        f"{used} experts x ({parts} x {wide:,}{f' + {narrow:,}' if outputs else ''}) + {copies} x {d.embed:,}"
    )
    found = [Peak("experts", used * parts * wide + outputs + copies * d.embed, text)]
    if d.shared_feed:
        text = f"{parts} x {d.shared_feed:,} + {copies + 1} x {d.embed:,}"
        found.append(Peak("shared expert", parts * d.shared_feed + (copies + 1) * d.embed, text))
    return found


def _latent(d: Dims, s: Settings, gpu: bool) -> Peak:
    """DeepSeek's attention: queries, their form against the compressed vector, both joined, and the rotated part."""
    heads = d.heads
    each = d.key_latent + d.kv_rank + (d.kv_rank + d.rope) + (0 if d.arch in NO_ROTATION else d.rope)
    copies = 4 if gpu else 5
    width, text = copies * d.embed + heads * each, f"{copies} x {d.embed:,} + {heads} heads x {each:,}"
    if not s.flash:
        width += s.per_sequence * heads
        text += f" + {heads} heads x {s.per_sequence:,} scores"
    return Peak("attention", width, text)


def _attention(d: Dims, s: Settings, gpu: bool) -> Peak:
    full = [layer for layer in d.layers if layer.attention]
    query = max(layer.heads * layer.key for layer in full)
    keys = max(layer.kv_heads * layer.key for layer in full)
    windowed = has_window(d, s)
    copies = 5
    if gpu or (d.arch in PARALLEL and s.sequences == 1) or d.arch in POST_NORM or d.has("fused_qkv"):
        copies = 4
    queries = 1 + (query > d.embed and d.arch not in NO_ROTATION) + d.has("gated_q")
    if gpu:
        copies, queries = 3, 1
    pairs = 4 if windowed and not gpu else 0 if gpu else 2
    width = copies * d.embed + queries * query + pairs * keys
    text = f"{copies} x {d.embed:,} + {queries} x {query:,} + {pairs} x {keys:,}"
    if d.per_layer:  # Gemma 3n's alternating copies; about as much in Gemma 4
        width += (3 if d.extra.get("altup") else 1) * d.embed
    if not s.flash:
        heads = max(layer.heads for layer in full)
        width += heads * s.per_sequence
        text = f"{heads} heads x {s.per_sequence:,} scores + " + text
    return Peak("attention", width, text)


def _state(d: Dims, s: Settings, gpu: bool) -> Peak:
    copies, state = 4 if gpu else 5, (d.conv - 1) * (d.inner + 2 * d.groups * d.state) + d.state * d.inner
    if any(layer.state == "mamba" for layer in d.layers):
        return Peak(
            "state space", copies * d.embed + 5 * d.inner, f"{copies} x {d.embed:,} + 5 x {d.inner:,}", state
        )
    mixed = d.inner + 2 * d.groups * d.state
    width = copies * d.embed + (d.inner + mixed + d.ranks) + 2 * mixed + d.inner
    text = f"{copies} x {d.embed:,} + {d.inner + mixed + d.ranks:,} + 2 x {mixed:,} + {d.inner:,}"
    return Peak("state space", width, text, state * s.sequences)


def has_window(d: Dims, s: Settings) -> bool:
    """Whether llama.cpp keeps a second cache, for layers with a window."""
    return d.arch not in WHOLE and any(layer.attention == "window" for layer in d.layers)


def masks(d: Dims, s: Settings) -> int:
    """Bytes of the attention masks: 2 per token and cell, 4 without flash attention."""
    if not any(layer.attention for layer in d.layers):
        return 0
    cells = s.per_sequence
    if has_window(d, s):
        step = min(s.ubatch, s.batch)
        cells += pad(min(s.per_sequence, d.window * (s.sequences if s.unified else 1) + step))
    return (2 if s.flash else 4) * s.step * cells


def lines(dims: Dims, settings: Settings, gpu: bool = False) -> list[Line]:
    """The compute buffer, and with `gpu` its part in RAM; and the buffer of logits."""
    s, mask = settings, masks(dims, settings)
    exact = max(peaks(dims, s), key=lambda peak: _bytes(peak, s))
    high = _bytes(exact, s) + mask
    if not gpu:
        slack = max(SLACK, round(SHARE * high))
        found = [
            _line(
                exact, s, mask, high, max(0, high - slack), high + slack, "graph allocator's packing", "ram"
            )
        ]
    else:
        peak = max(peaks(dims, s, gpu=True), key=lambda peak: _bytes(peak, s))
        size = _bytes(peak, s) + mask
        slack = max(SLACK, round(SHARE * high))
        reason = "fitted to logs of GPU builds; the upper end is the plan of a CPU build"
        found = [_line(peak, s, mask, size, max(0, size - slack), max(high, size) + slack, reason, "gpu")]
        each = 8 if s.flash else 4
        host = mask + each * s.step * dims.embed
        text = f"masks {mask:,} + {each} x {s.step:,} tokens x {dims.embed:,}"
        reason = "fitted to logs of GPU builds"
        found.append(Line("compute", "inputs in RAM", host, text, SOURCE, mask, 2 * host, reason, "ram"))
    logits = 4 * s.sequences * dims.vocab
    text = f"{s.sequences} sequences x {dims.vocab:,} x 4 bytes; grows to one row per token that is scored"
    grown = 4 * max(s.sequences, s.outputs) * dims.vocab
    reference = LLAMA + "src/llama-context.cpp (output_reserve)"
    found.append(
        Line(
            "output",
            "logits",
            logits,
            text,
            reference,
            high=max(logits, grown),
            reason="asked-for outputs",
            where="ram",
        )
    )
    return found


def planned(dims: Dims, settings: Settings) -> int:
    """Bytes of the compute buffer of a build without GPU: what tests/vram/oracle.csv holds."""
    return max(_bytes(peak, settings) for peak in peaks(dims, settings)) + masks(dims, settings)


def _bytes(peak: Peak, s: Settings) -> int:
    return round(4 * s.step * (peak.width + INPUTS)) + 4 * peak.extra


def _line(
    peak: Peak, s: Settings, mask: int, size: int, low: int, high: int, reason: str, where: str
) -> Line:
    text = f"{peak.place}: {s.step:,} tokens x ({peak.formula}) x 4 bytes + masks {mask:,}"
    return Line("compute", "compute buffer", size, text, SOURCE, low, high, reason, where)
