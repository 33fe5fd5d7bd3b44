"""Dims of a model from the key/values of its GGUF file, with the shapes of its tensors where the keys leave it open."""

from collections.abc import Mapping
from typing import Any

from fourbit.errors import UserError
from fourbit.gguf.dims import Dims, Layer

Shapes = Mapping[str, tuple[int, ...]]
PATTERN = {
    "gemma2": 2,
    "gemma3": 6,
    "gemma3n": 5,
    "gpt-oss": 2,
    "cohere2": 4,
    "olmo2": 4,
    "exaone4": 4,
    "llama4": 4,
}
SHARED_FROM = {"gemma3n": 20}  # layers from here on read an earlier layer's keys and values


def dims(keys: Mapping[str, Any], shapes: Shapes, name: str) -> Dims:
    """Dims from metadata and shapes. UserError when a key is missing that the arithmetic needs."""
    arch = keys.get("general.architecture")
    if not isinstance(arch, str):
        raise UserError(f"{name}: the file has no general.architecture, so it holds no language model")

    def get(key: str, default: Any = None) -> Any:
        return keys.get(f"{arch}.{key}", default)

    def number(key: str, default: int | None = None) -> int:
        value = get(key, default)
        if isinstance(value, list):
            value = max((x for x in value if isinstance(x, int)), default=default)
        if value is None:
            raise UserError(f"{name}: the file has no {arch}.{key}, which the memory depends on")
        if not isinstance(value, (int, float)) or not 0 <= value < 1 << 31:
            raise UserError(f"{name}: {arch}.{key} is {value!r}, which is no number that it can be")
        return int(value)

    def each(key: str, default: Any = 0) -> list[Any]:
        value = get(key, default)
        value = list(value) if isinstance(value, list) else [value] * count
        if not all(isinstance(x, int) and 0 <= x < 1 << 31 for x in value):
            raise UserError(f"{name}: {arch}.{key} holds something that is no number of heads or weights")
        return (value + [value[-1] if value else 0] * count)[:count]

    count = number("block_count")
    mtp = number("nextn_predict_layers", 0)
    trunk = count - mtp if mtp < count else count
    embed = number("embedding_length")
    heads, shared = (
        each("attention.head_count"),
        each("attention.head_count_kv", get("attention.head_count", 0)),
    )
    feed, window = each("feed_forward_length"), number("attention.sliding_window", 0)
    widest = max([h for h in heads if h] or [1])
    key = number("attention.key_length", embed // widest)
    value = number("attention.value_length", key)
    local_key, local_value = (
        number("attention.key_length_swa", key),
        number("attention.value_length_swa", value),
    )
    rank = number("attention.kv_lora_rank", 0)
    latent = bool(rank and get("attention.key_length_mla"))
    local = _local(get("attention.sliding_window_pattern"), arch, window, trunk)
    first = _first_shared(arch, trunk, number("attention.shared_kv_layers", 0))
    layers = []
    for i in range(trunk):
        state = _state(shapes, i)
        attends = f"blk.{i}.attn_output.weight" in shapes and state not in ("delta", "kda")
        is_local = local[i]
        layers.append(
            Layer(
                "" if not attends else "latent" if latent else "window" if is_local else "full",
                state,
                heads[i] or widest,
                shared[i] if attends else 0,
                local_key if is_local else key,
                local_value if is_local else value,
                feed[i] if f"blk.{i}.ffn_down.weight" in shapes else 0,
                f"blk.{i}.ffn_down_exps.weight" in shapes,
                i < first,
            )
        )
    up = next((shape for n, shape in shapes.items() if n.endswith("ffn_down_exps.weight")), None)
    shared_up = next((shape for n, shape in shapes.items() if n.endswith("ffn_down_shexp.weight")), None)
    features = _features(shapes)
    query = shapes.get(next((n for n in shapes if n.endswith(".attn_q.weight")), ""), (0,))[0]
    if query == 2 * widest * key:  # queries and their gates together (Qwen3-Next, Qwen3.5)
        features |= {"gated_q"}
    vocab = shapes.get("token_embd.weight", (number("vocab_size", 0), embed))[0]
    return Dims(
        arch,
        embed,
        vocab,
        tuple(layers),
        number("context_length", 0),
        "output.weight" not in shapes,
        window,
        arch == "llama4",
        number("expert_count", 0),
        number("expert_used_count", 0),
        up[-1] if up else 0,
        shared_up[-1] if shared_up else 0,
        number("moe_latent_size", 0),
        number("attention.q_lora_rank", 0),
        rank,
        number("rope.dimension_count", key),
        number("attention.key_length_mla", 0),
        number("attention.value_length_mla", 0),
        number("ssm.conv_kernel", number("shortconv.l_cache", 0)),
        number("kda.head_dim", 0) or number("ssm.inner_size", 0),
        number("ssm.state_size", 0),
        number("ssm.group_count", 0),
        number("ssm.time_step_rank", 0),
        number("embedding_length_per_layer_input", 0),
        features=features,
        extra={"altup": number("altup.num_inputs", 0)} if get("altup.num_inputs") else {},
        mtp=mtp,
        notes=(f"{mtp} layer(s) for predicting further tokens: weights counted, no cache",) if mtp else (),
    )


def _features(shapes: Shapes) -> frozenset[str]:
    """The parts of a block that the arithmetic asks for, as `fourbit.gguf.layout` names them."""
    names = {n.split(".", 2)[2] for n in shapes if n.startswith("blk.")}
    found = {
        "gate": bool(names & {"ffn_gate.weight", "ffn_gate_exps.weight", "ffn_gate_up_exps.weight"}),
        "fused_gate": "ffn_gate.weight" not in names and "ffn_up.weight" in names,
        "fused_qkv": "attn_qkv.weight" in names and "attn_q.weight" not in names,
        "norm": "attn_norm.weight" in names,
        "qk_norm": "attn_q_norm.weight" in names,
    }
    wide = next((s for n, s in shapes.items() if n.endswith("ffn_up.weight")), (0,))[0]
    down = next((s for n, s in shapes.items() if n.endswith("ffn_down.weight")), (0, 0))[-1]
    found["fused_gate"] = found["fused_gate"] and wide == 2 * down
    return frozenset(name for name, there in found.items() if there)


def _local(pattern: Any, arch: str, window: int, count: int) -> list[bool]:
    """Which layers have a window: as the file says, layer by layer or as a period, else as the architecture has it."""
    if not window:
        return [False] * count
    if isinstance(pattern, list) and len(pattern) >= count:
        return [bool(x) for x in pattern[:count]]
    every = pattern if isinstance(pattern, int) and pattern > 1 else PATTERN.get(arch, 1)
    return [every == 1 or (i + 1) % every != 0 for i in range(count)]


def _first_shared(arch: str, count: int, shared: int) -> int:
    return min(SHARED_FROM.get(arch, count), count - shared) if arch in SHARED_FROM else count - shared


def _state(shapes: Shapes, i: int) -> str:
    """What a layer keeps between tokens, by the tensors that it has."""
    block = f"blk.{i}."
    if f"{block}shortconv.conv.weight" in shapes:
        return "conv"
    if f"{block}ssm_conv1d_q.weight" in shapes:
        return "kda"
    if f"{block}ssm_x.weight" in shapes:
        return "mamba"
    if f"{block}ssm_alpha.weight" in shapes or f"{block}ssm_ba.weight" in shapes:
        return "delta"
    return "mamba2" if f"{block}ssm_in.weight" in shapes else ""
