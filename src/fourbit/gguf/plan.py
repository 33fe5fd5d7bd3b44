"""Which tensors the GGUF file of a model has, and from which tensors of the model each is made.

Names are those of the `gguf` library. The order is the one in which llama.cpp reads and rewrites files: what is
outside the layers first, then layer by layer, by name. PyTorch and transformers are imported where they are used: the
build of the site plans the tiny model without them.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import gguf
import numpy as np

from fourbit.errors import UserError
from fourbit.gguf import families, layout, tokenizer
from fourbit.gguf.names import order
from fourbit.gguf.plain import Plain

if TYPE_CHECKING:
    from fourbit.engine.checkpoint.weights import Weights

Rows = Callable[[list[np.ndarray]], np.ndarray]

UNUSED = re.compile(r"rotary_emb\.inv_freq$|\.masked_bias$|^(model\.)?(vision_tower|multi_modal_projector)\.")
EXPERT = re.compile(r"^(?P<layer>.*\.experts)\.(?P<index>\d+)\.(?P<part>\w+)\.weight$")
FUSED = re.compile(r"^(?P<layer>.*\.experts)\.(?P<part>gate_up_proj|down_proj)$")  # all experts in one tensor
WITHOUT_TENSOR = {None, "default", "linear", "yarn", "dynamic"}  # kinds of rope scaling


@dataclass(frozen=True)
class Planned:
    """A tensor of the file. shape: in NumPy order, rows first

    sources  the model's tensors that it is made of; empty for one that is computed from config.json
    rows     makes it of them: reorders, cuts or stacks rows, never what is inside a row; None: it is the only source
    offset   is added to every value
    """

    name: str
    shape: tuple[int, ...]
    sources: tuple[str, ...]
    rows: Rows | None = None
    offset: float = 0.0
    weights: "Weights | Plain | None" = field(default=None, repr=False)

    def assemble(self, parts: list[np.ndarray]) -> np.ndarray:
        """The tensor from its sources' values, codes or scales, rows first."""
        return self.rows(parts) if self.rows else parts[0]

    def value(self) -> np.ndarray:
        """Float32, of `shape`."""
        made = self.assemble([np.asarray(self.weights.get(name)) for name in self.sources])
        return np.ascontiguousarray(made + np.float32(self.offset) if self.offset else made, dtype=np.float32)


@dataclass(frozen=True)
class Plan:
    """What to write for a model. config: as `families.read_config` gives it;  notes: what the user should know."""

    folder: Path
    arch: str
    config: dict = field(repr=False)
    weights: "Weights | Plain" = field(repr=False)
    tensors: tuple[Planned, ...] = field(repr=False)
    notes: tuple[str, ...] = ()


def read(folder: Path, plain: Plain | None = None) -> Plan:
    """The plan for a model directory, plain or quantized.

    plain  reads its tensors, and its config.json says everything: then neither PyTorch nor transformers is needed
    Raises UserError when its family is not covered, or its tensors are not those of its config.json.
    """
    weights = plain or _weights(folder)
    family = families.find(folder, weights.config)
    arch = gguf.MODEL_ARCH_NAMES[family.arch]
    config = families.complete(dict(plain.config)) if plain else families.read_config(folder)
    families.check(folder, arch, config)
    layers = config["num_hidden_layers"]
    names = gguf.get_tensor_name_map(family.arch, layers)
    shapes = {name: weights.meta(name)[1] for name in weights.names if _wanted(name, weights, config)}
    made = _rope_factors(folder, family, config) + _experts(folder, shapes, names, config)
    merged = {source for planned in made for source in planned.sources}
    for name, shape in shapes.items():
        if name not in merged:
            stored = _place(folder, names, name)
            rows, offset = _change(stored, family, config)
            made.append(Planned(stored, shape, (name,), rows, offset))
    found: dict[str, Planned] = {}
    for planned in made:
        if planned.name in found:
            raise UserError(
                f"{folder}: {planned.sources[0]} and {found[planned.name].sources[0]} are the same tensor; "
                "remove one"
            )
        found[planned.name] = Planned(**vars(planned) | {"weights": weights})
    _check(folder, arch, config, weights, found)
    ordered = tuple(found[name] for name in sorted(found, key=order))
    return Plan(
        folder, arch, config, weights, ordered, weights.notes + _notes(arch, config) + tokenizer.notes(folder)
    )


def _weights(folder: Path) -> "Weights":
    from fourbit.engine.checkpoint.weights import Weights

    return Weights(folder)


def _wanted(name: str, weights: "Weights | Plain", config: dict) -> bool:
    if UNUSED.search(name):
        return False
    layer, _, leaf = name.rpartition(".")
    if layer == "lm_head" and config.get("tie_word_embeddings"):
        return weights.is_quantized(layer)  # then its codes are not those of the embeddings
    if leaf == "bias" and weights.is_quantized(layer) and config["model_type"] != "qwen2":
        # AutoGPTQ's first versions gave every layer one, of zeros
        return bool(weights.get(name).any())
    return True


def _plain(name: str) -> str:
    """Without the prefixes that a language model has inside a multimodal one."""
    return name.replace("language_model.model.", "model.").replace("language_model.", "")


def _place(folder: Path, names: gguf.TensorNameMap, name: str) -> str:
    stored = names.get_name(_plain(name), try_suffixes=(".weight", ".bias"))
    if stored is None:
        raise UserError(
            f"{folder}: {name} has no place in a GGUF file of this architecture; the model is not the plain one "
            "that its config.json names; use convert_hf_to_gguf.py of llama.cpp"
        )
    return stored


def _change(stored: str, family: families.Family, config: dict) -> tuple[Rows | None, float]:
    """What llama.cpp wants otherwise in a tensor that has one source."""
    if family.norm and stored.endswith("norm.weight"):
        return None, family.norm
    if family.permuted and (found := re.search(r"\.attn_([qk])\.(weight|bias)$", stored)):
        heads = config["num_attention_heads" if found[1] == "q" else "num_key_value_heads"]
        return lambda parts: interleave(parts[0], heads), 0.0
    return None, 0.0


def interleave(array: np.ndarray, heads: int) -> np.ndarray:
    """Rows of q or k, (heads * width, ...): transformers rotates row i with i + width/2, llama.cpp 2i with 2i + 1."""
    return array.reshape(heads, 2, -1, *array.shape[1:]).swapaxes(1, 2).reshape(array.shape)


def _experts(
    folder: Path, shapes: dict[str, tuple], names: gguf.TensorNameMap, config: dict
) -> list[Planned]:
    """The matrices of a layer's experts, stacked: (experts, rows, columns)."""
    made, stacks = [], {}
    for name, shape in shapes.items():
        if found := EXPERT.match(name):
            stacks.setdefault((found["layer"], found["part"]), {})[int(found["index"])] = name
        elif found := FUSED.match(name):
            made += _fused(folder, names, name, shape, found)
    count = config.get("num_local_experts") or config.get("num_experts")
    for (layer, part), experts in stacks.items():
        if sorted(experts) != list(range(count or 0)):
            raise UserError(
                f"{folder}: {layer}: {len(experts)} experts have a {part}; config.json says {count}; "
                "download both again"
            )
        sources = tuple(experts[index] for index in range(count))
        if len({shapes[source] for source in sources}) > 1:
            raise UserError(
                f"{folder}: {layer}: the {part} of its experts differ in shape; download it again"
            )
        merged = re.sub(
            r".*layers\.(\d+)\.block_sparse_moe", r"layers.\1.feed_forward", layer
        )  # the map's name
        stored = _place(folder, names, f"{merged}.{part}.weight")
        made.append(Planned(stored, (count, *shapes[sources[0]]), sources, np.stack))
    return made


def _fused(
    folder: Path, names: gguf.TensorNameMap, name: str, shape: tuple, found: re.Match
) -> list[Planned]:
    """Experts that the model holds as one tensor (experts, rows, columns) with gate above up."""
    layer, part = found["layer"], found["part"]
    if part == "down_proj":
        return [Planned(_place(folder, names, f"{name}.weight"), shape, (name,))]
    half = shape[1] // 2
    cut = (shape[0], half, *shape[2:])
    return [
        Planned(
            _place(folder, names, f"{layer}.gate_proj.weight"), cut, (name,), lambda parts: parts[0][:, :half]
        ),
        Planned(
            _place(folder, names, f"{layer}.up_proj.weight"), cut, (name,), lambda parts: parts[0][:, half:]
        ),
    ]


def _rope_factors(folder: Path, family: families.Family, config: dict) -> list[Planned]:
    """Tensors of factors by which the rotary frequencies are divided."""
    rope, width = families.rope_of(config), config["rotated"]
    kind = rope.get("rope_type") or rope.get("type")
    if kind in ("linear", "yarn") and not rope.get("factor"):
        raise UserError(f"{folder}: config.json: rope scaling {kind!r} has no factor; add it")
    if kind in WITHOUT_TENSOR:
        return []
    if kind == "llama3" and family.arch == families.ARCH.LLAMA:
        return [_computed("rope_freqs.weight", llama3_factors(rope, width))]
    if kind in ("longrope", "su") and family.arch == families.ARCH.PHI3:
        factors = {"long": rope.get("long_factor") or (), "short": rope.get("short_factor") or ()}
        for length, values in factors.items():
            if len(values) != width // 2:
                raise UserError(
                    f"{folder}: config.json: {length}_factor has {len(values)} numbers; {width // 2} frequencies rotate; "
                    "download it again"
                )
        return [
            _computed(f"rope_factors_{length}.weight", np.array(v, np.float32))
            for length, v in factors.items()
        ]
    raise UserError(
        f"{folder}: rope scaling {kind!r} cannot be converted for this architecture; "
        "use convert_hf_to_gguf.py of llama.cpp"
    )


def _computed(name: str, values: np.ndarray) -> Planned:
    return Planned(name, values.shape, (), lambda parts: values)


def llama3_factors(rope: dict, width: int) -> np.ndarray:
    """(width / 2,) float32: by how much Llama 3.1 slows each frequency down, from 1 (fast ones) to `factor`."""
    import torch

    step = torch.arange(0, width, 2, dtype=torch.float32) / width
    wavelength = 2 * math.pi / (1.0 / rope.get("rope_theta", 10_000.0) ** step)  # in tokens
    factor, context = rope.get("factor", 8.0), rope.get("original_max_position_embeddings", 8192)
    low, high = rope.get("low_freq_factor", 1.0), rope.get("high_freq_factor", 4.0)
    smooth = (context / wavelength - low) / (high - low)
    factors = 1 / ((1 - smooth) / factor + smooth)
    factors[wavelength < context / high] = 1
    factors[wavelength > context / low] = factor
    return factors.numpy()


def _check(
    folder: Path, arch: str, config: dict, weights: "Weights | Plain", found: dict[str, Planned]
) -> None:
    """Raises UserError when a tensor is missing or has not the shape that config.json gives it."""
    shapes = _shapes(weights, config)
    missing = [name for name, _ in shapes if name.endswith(".weight") and name not in found]
    if missing:
        raise UserError(
            f"{folder}: the model lacks {len(missing)} tensors, the first is that for {missing[0]}; "
            "download it again"
        )
    for name, shape in shapes:
        if name in found and found[name].shape != shape:
            raise UserError(
                f"{folder}: {found[name].sources[0]} makes {name} of shape {found[name].shape}; "
                f"by config.json it is {shape}; download both again"
            )


def _shapes(weights: "Weights | Plain", config: dict) -> list[tuple[str, tuple[int, ...]]]:
    """Names and shapes that follow from the configuration."""
    named = {"architectures": weights.config.get("architectures")}
    return [(tensor.name, tuple(tensor.shape)) for tensor in layout.read(config | named).tensors]


def _notes(arch: str, config: dict) -> tuple[str, ...]:
    notes = []
    window = config.get("sliding_window")
    if not arch.startswith("gemma") and window and config.get("use_sliding_window", True):
        notes.append(
            f"llama.cpp attends to the whole context; the model was made for windows of {window:,} tokens"
        )
    if families.rope_of(config).get("rope_type") == "dynamic":
        notes.append(
            "dynamic rope scaling is left out: right up to the context that the model was trained with"
        )
    return tuple(notes)
