"""What a model keeps between tokens: keys and values per attention layer, states per recurrent layer. Exact.

Source: src/llama-kv-cache.cpp, llama-kv-cache-iswa.cpp, llama-memory-recurrent.cpp and llama-hparams.cpp of llama.cpp.
"""

from dataclasses import dataclass

from fourbit.errors import UserError
from fourbit.gguf.dims import Dims, Layer
from fourbit.vram.lines import LLAMA, Line
from fourbit.vram.settings import Settings, cache_type, pad

# these read a window from a config but llama.cpp caches all of the context
WHOLE = frozenset(
    {"llama", "mistral3", "qwen2", "qwen2vl", "starcoder2", "phi3", "phimoe", "qwen2moe", "qwen3"}
)
BLOCK = 16  # tokens of a block of vLLM
KINDS = {
    "full": ("keys and values", "src/llama-kv-cache.cpp"),
    "window": ("keys and values in windows", "src/llama-kv-cache-iswa.cpp"),
    "latent": ("compressed keys, values", "src/llama-kv-cache.cpp (K only: is_mla)"),
}


@dataclass(frozen=True)
class Kept:
    """Bytes of one layer: cells (tokens) x bytes of a cell, or a state."""

    kind: str
    cells: int
    each: float
    state: int

    @property
    def bytes(self) -> int:
        """Bytes in all."""
        return round(self.cells * self.each) + self.state


def layers(dims: Dims, settings: Settings) -> list[Kept]:
    """What each layer keeps."""
    return [_layer(dims, layer, settings) for layer in dims.layers]


def _layer(dims: Dims, layer: Layer, s: Settings) -> Kept:
    kind, cells, each = "", 0, 0.0
    if layer.attention and layer.cached:
        kind = layer.attention
        if kind == "window" and s.runtime == "llama.cpp" and dims.arch in WHOLE:
            kind = "full"
        cells = _cells(dims, kind, s)
        each = _cell(dims, layer, s)
    return Kept(kind, cells, each, 4 * state_size(dims, layer) * s.sequences)


def _cells(dims: Dims, kind: str, s: Settings) -> int:
    """Cells of a layer, all sequences together."""
    if s.runtime == "llama.cpp":
        streams = 1 if s.unified else s.sequences
        if kind != "window":
            return s.per_sequence * streams
        step = min(s.ubatch, s.batch)
        return pad(min(s.per_sequence, dims.window * (s.sequences if s.unified else 1) + step)) * streams
    one = max(1, s.context // s.sequences)
    if s.runtime == "vllm":
        return s.sequences * pad(min(one, dims.window + BLOCK) if kind == "window" else one, BLOCK)
    return s.sequences * (min(one, dims.window) if kind == "window" else one)


def _cell(dims: Dims, layer: Layer, s: Settings) -> float:
    """Bytes of one token in one layer."""
    keys, values = layer.kv_heads * layer.key, layer.kv_heads * layer.value
    if layer.attention == "latent":
        keys, values = dims.kv_rank + dims.rope, 0
        if s.runtime == "transformers":  # it keeps what the compressed vector is written out to
            keys, values = layer.heads * dims.key_latent, layer.heads * dims.value_latent
    elif (
        s.runtime == "llama.cpp" and not s.flash
    ):  # values are stored transposed, all layers as wide as the widest
        values = max(other.kv_heads * other.value for other in dims.layers)
    found = 0.0
    for what, width, name in (("keys", keys, s.type_k), ("values", values, s.type_v)):
        kind = cache_type(name)
        if width % kind.block:
            raise UserError(
                f"the {what} of a token are {width} wide, which blocks of {kind.block} ({name}) do not fill"
            )
        found += width * kind.size / kind.block
    return found


def state_size(dims: Dims, layer: Layer) -> int:
    """Numbers (float32) that a recurrent layer keeps for one sequence."""
    d = dims
    if layer.state == "conv":
        return d.embed * (d.conv - 1)
    if layer.state == "kda":  # `inner` is one head's width
        return 3 * (d.conv - 1) * layer.heads * d.inner + layer.heads * d.inner**2
    if layer.state:
        return (d.conv - 1) * (d.inner + 2 * d.groups * d.state) + d.state * d.inner
    return 0


def lines(dims: Dims, settings: Settings, start: int = 0, stop: int | None = None) -> list[Line]:
    """The cache of the layers from `start` to before `stop` as lines, one for each kind of layer."""
    kept, found = layers(dims, settings)[start:stop], []
    for kind, (name, source) in KINDS.items():
        mine = [k for k in kept if k.kind == kind and k.cells]
        if mine:
            widths = sorted({k.each for k in mine})
            each = " or ".join(f"{w:g}" for w in widths)
            found.append(
                Line(
                    "cache",
                    name,
                    sum(k.bytes - k.state for k in mine),
                    f"{len(mine)} layers x {mine[0].cells:,} cells x {each} bytes "
                    f"(K {settings.type_k}{'' if kind == 'latent' else f', V {settings.type_v}'})",
                    LLAMA + source if settings.runtime == "llama.cpp" else _REFERENCES[settings.runtime],
                )
            )
    stateful = [(k, layer) for k, layer in zip(kept, dims.layers[start:stop], strict=True) if k.state]
    if stateful:
        size = state_size(dims, stateful[0][1])
        found.append(
            Line(
                "cache",
                "recurrent state",
                sum(k.state for k, _ in stateful),
                f"{len(stateful)} layers x {settings.sequences} sequences x {size:,} numbers x 4 bytes, at any context",
                LLAMA + "src/llama-hparams.cpp (n_embd_r, n_embd_s)",
            )
        )
    return found


_REFERENCES = {
    "vllm": "vLLM, vllm/v1/kv_cache_interface.py: blocks of 16 tokens, windows kept apart",
    "transformers": "transformers, cache_utils.py: DynamicCache, one row per token and layer",
    "quantize": "",
}
