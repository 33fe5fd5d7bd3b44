"""The numbers of a model's architecture, from a Hugging Face config.json: what shapes, caches and buffers follow from.

One `Layer` per block says how it attends, what it keeps and how wide its feed-forward part is. `gguf.layout` makes the
list of tensors from it, `fourbit.vram` the memory. Standard library only: it runs in the browser.

Source: the field names of transformers' configurations and the readings of llama.cpp's conversion/*.py.
"""

from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from fourbit.errors import UserError

LIMIT = 1 << 31  # no dimension of a model comes near it
NOUNS = {dict: "an object", list: "a list", str: "a text"}


class ConfigError(UserError, ValueError):
    """A config.json that cannot be read as a model: the message says which field and what would help."""


class Layer(NamedTuple):
    """One block. Widths in weights or channels; zero where the block has no such part."""

    attention: str = "full"  # full, window, latent (DeepSeek's MLA), or nothing
    state: str = ""  # mamba, mamba2, delta (gated delta net), kda, conv (short convolution), or nothing
    heads: int = 0
    kv_heads: int = 0
    key: int = 0  # width of a head's key
    value: int = 0
    feed: int = 0  # width of the dense feed-forward part
    experts: bool = False
    cached: bool = True  # False: it reads the keys and values of an earlier layer


@dataclass(frozen=True)
class Dims:
    """A model's architecture. `arch` is GGUF's name of it; `notes` say what was assumed."""

    arch: str
    embed: int
    vocab: int
    layers: tuple[Layer, ...]
    context: int = 0  # positions it was trained for; 0: not known
    tied: bool = False
    window: int = 0
    chunked: bool = False  # the window is a fixed chunk (Llama 4), not a sliding one
    experts: int = 0
    experts_used: int = 0
    expert_feed: int = 0
    shared_feed: int = 0  # width of all shared experts together
    latent: int = 0  # experts between a narrower projection (Nemotron 3 Super); its width
    q_rank: int = 0
    kv_rank: int = 0
    rope: int = 0  # rotated part of a head (latent attention: of the key)
    key_latent: int = 0  # latent attention: width of a head's key and value when written out
    value_latent: int = 0
    conv: int = 0  # taps of the convolution
    inner: int = 0
    state: int = 0  # state-space size per channel
    groups: int = 0
    ranks: int = 0  # heads of Mamba 2 and the delta net; rank of the time step in Mamba
    per_layer: int = 0  # width of Gemma 3n's and 4's embedding per layer
    double: bool = False  # Gemma 4's keys also serve as values in full-attention layers
    features: frozenset[str] = frozenset()
    extra: dict[str, int] = field(default_factory=dict)
    mtp: int = 0  # layers that predict further tokens; not counted
    notes: tuple[str, ...] = ()

    @property
    def heads(self) -> int:
        """Most query heads of a layer."""
        return max(layer.heads for layer in self.layers)

    def has(self, feature: str) -> bool:
        """Whether blocks have the parts that `gguf.layout` calls so."""
        return feature in self.features


class Config:
    """Fields of a config.json with checks: numbers that are numbers, positive and of a possible size."""

    def __init__(self, fields: dict[str, Any]):
        if not isinstance(fields, dict):
            raise ConfigError(f"a config.json holds an object, not {type(fields).__name__}")
        self.top = fields
        inner = next(
            (n for n in ("text_config", "llm_config", "language_config", "thinker_config") if n in fields), ""
        )
        text = fields.get(inner) or {}
        text = text.get("text_config", text)
        self.fields = {**fields, **{k: v for k, v in text.items() if v is not None}} if inner else fields
        self.notes: list[str] = []

    @property
    def architecture(self) -> str:
        """Name of the model's class, else its model_type."""
        names = self.top.get("architectures") or self.fields.get("architectures") or [None]
        return str((names[0] if isinstance(names, list) else names) or self.fields.get("model_type") or "")

    def get(self, *names: str, default: Any = None) -> Any:
        """First of the fields that is there and not null."""
        return next((self.fields[n] for n in names if self.fields.get(n) is not None), default)

    def number(self, *names: str, default: int | None = None, least: int = 0) -> int:
        """A whole number. ConfigError when it is missing without a default, no number, below `least` or absurd."""
        value = self.get(*names)
        if isinstance(value, list) and value and all(v == value[0] for v in value):
            value = value[0]
        if value is None:
            if default is None:
                raise ConfigError(
                    f"the config has no {names[0]!r}, which the memory of {self.architecture!r} depends on"
                )
            return default
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value != int(value):
            raise ConfigError(f"{names[0]!r} of the config is {value!r}, not a whole number")
        if not least <= value < LIMIT:
            raise ConfigError(f"{names[0]!r} of the config is {value}, not between {least} and {LIMIT - 1}")
        return int(value)

    def of(self, kind: type, *names: str) -> Any:
        """A dict, list or str; empty when it is missing. ConfigError when it is something else."""
        value = self.get(*names, default=kind())
        if not isinstance(value, kind):
            raise ConfigError(f"{names[0]!r} of the config is {value!r}, not {NOUNS[kind]}")
        return value

    def ratio(self, *names: str, default: float = 1.0) -> float:
        """A factor from 0 to 100."""
        value = self.get(*names, default=default)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= 100:
            raise ConfigError(f"{names[0]!r} of the config is {value!r}, not a number from 0 to 100")
        return float(value)

    def flag(self, *names: str, default: bool = False) -> bool:
        """A switch."""
        return bool(self.get(*names, default=default))

    def kinds(self, count: int) -> list[str] | None:
        """`layer_types`, one for each of `count` layers, or None. ConfigError when their number differs."""
        kinds = self.of(list, "layer_types", "layers_block_type") or None
        if kinds is not None and len(kinds) < count:
            raise ConfigError(f"the config lists {len(kinds)} layer_types for {count} layers")
        return kinds and list(kinds[:count])


def start(c: Config, arch: str, features: set[str]) -> Dims:
    """A decoder whose layers are all alike: what most architectures are, and what the others change."""
    embed = c.number("hidden_size", "n_embd", "d_model", "model_dim", "dim", least=1)
    count = c.number("num_hidden_layers", "n_layers", "n_layer", "num_layers", least=1)
    if count > 4096:
        raise ConfigError(f"'num_hidden_layers' of the config is {count}; no model has so many")
    heads = c.number("num_attention_heads", "n_heads", "n_head", "num_heads", least=1)
    if c.get("num_key_value_heads", "n_head_kv", "num_kv_heads", "n_kv_heads") is None:
        c.notes.append(f"no num_key_value_heads: {heads} assumed, one for each head (multi-head attention)")
    kv = c.number("num_key_value_heads", "n_head_kv", "num_kv_heads", "n_kv_heads", default=heads, least=1)
    if heads % kv:
        raise ConfigError(f"{heads} attention heads do not share {kv} key-value heads evenly")
    key = c.number("head_dim", "attention_head_dim", default=0) or embed // heads
    feed = c.number("intermediate_size", "ffn_hidden_size", "n_inner", "block_ff_dim", least=1)
    experts = c.number("num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts", default=0)
    rope = c.of(dict, "rope_parameters", "rope_scaling")
    if isinstance(rope.get("full_attention"), dict):
        rope = rope["full_attention"]
    if rope.get("rope_type", rope.get("type")) == "llama3":
        features = features | {"rope_freqs"}
    share = c.ratio("partial_rotary_factor", default=rope.get("partial_rotary_factor") or 1.0)
    layer = Layer("full", "", heads, kv, key, c.number("v_head_dim", default=0) or key, feed, experts > 0)
    return Dims(
        arch=arch,
        embed=embed,
        vocab=c.number("vocab_size", "padded_vocab_size", least=1),
        layers=(layer,) * count,
        context=c.number(
            "max_position_embeddings", "n_positions", "max_sequence_length", "model_max_length", default=0
        ),
        tied=c.flag("tie_word_embeddings", default="tied" in features),
        window=c.number("sliding_window", default=0) if c.flag("use_sliding_window", default=True) else 0,
        experts=experts,
        experts_used=c.number(
            "num_experts_per_tok", "num_experts_per_token", "top_k_experts", "moe_topk", "moe_k", default=0
        ),
        expert_feed=c.number("moe_intermediate_size", "expert_intermediate_size", default=0)
        or (feed if experts else 0),
        rope=int(key * share),
        features=frozenset(features),
        mtp=c.number("num_nextn_predict_layers", "mtp_num_hidden_layers", default=0),
    )


def windows(c: Config, dims: Dims, every: int) -> Dims:
    """Layers with a sliding window: as `layer_types` say, else all but each `every`-th."""
    if not dims.window:
        return dims
    count = len(dims.layers)
    kinds, pattern = c.kinds(count), every
    if not isinstance(c.get("sliding_window_pattern"), str):  # "LLLG" is what `every` says already
        pattern = c.number("sliding_window_pattern", "_sliding_window_pattern", default=every, least=1)
    local = (
        [k in ("sliding_attention", "chunked_attention") for k in kinds]
        if kinds
        else [every == 1 or (i + 1) % pattern != 0 for i in range(count)]
    )
    return replace(
        dims,
        layers=tuple(
            layer._replace(attention="window") if is_local else layer
            for layer, is_local in zip(dims.layers, local, strict=True)
        ),
    )


def dense_first(dims: Dims, lead: int) -> Dims:
    """The first `lead` layers have a dense feed-forward part, the others experts only."""
    return replace(
        dims,
        layers=tuple(
            layer._replace(experts=False) if i < lead or not dims.experts else layer._replace(feed=0)
            for i, layer in enumerate(dims.layers)
        ),
    )
