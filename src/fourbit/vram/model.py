"""A model to account for: its dims, its tensors, and where they were read.

From the built-in table, a config.json (file or folder), the header of a GGUF file, or plain numbers.
"""

import json
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path
from typing import Any

from fourbit.errors import UserError
from fourbit.gguf import header, layout
from fourbit.gguf.dims import ConfigError, Dims
from fourbit.gguf.layout import Tensor
from fourbit.vram import metadata, tables

NO_BLOCK = -1
FIELDS = {  # plain numbers -> fields of a config.json
    "layers": "num_hidden_layers",
    "embed": "hidden_size",
    "heads": "num_attention_heads",
    "kv_heads": "num_key_value_heads",
    "head_dim": "head_dim",
    "feed": "intermediate_size",
    "vocab": "vocab_size",
    "experts": "num_experts",
    "experts_used": "num_experts_per_tok",
    "expert_feed": "moe_intermediate_size",
    "window": "sliding_window",
    "context": "max_position_embeddings",
}


@dataclass(frozen=True)
class Model:
    """types: of the tensors where a file says them, by name;  vision: weights that are counted on request;
    stored: the quantization that a config.json names, as `weights.Quant.parse` takes it."""

    name: str
    dims: Dims
    tensors: tuple[Tensor, ...]
    source: str
    types: dict[str, str] | None = None
    file_bytes: int = 0
    vision: int = 0
    notes: tuple[str, ...] = ()
    stored: str = ""

    @property
    def parameters(self) -> int:
        """Weights in all."""
        return sum(tensor.size for tensor in self.tensors)

    @property
    def active(self) -> int:
        """Weights that one token is multiplied with: experts by the share that is used, one row of an embedding."""
        d = self.dims
        counted = 0.0
        for tensor in self.tensors:
            if tensor.name in ("token_embd.weight", "per_layer_token_embd.weight"):
                tied = d.tied and tensor.name == "token_embd.weight"
                counted += tensor.size if tied else tensor.shape[-1]
            else:
                counted += tensor.size * (d.experts_used / d.experts if is_expert(tensor.name) else 1)
        return round(counted)

    @property
    def active_in_prompt(self) -> int:
        """Weights that every token of a prompt is multiplied with: the output head is for its last token only."""
        name = "token_embd.weight" if self.dims.tied else "output.weight"
        return self.active - sum(tensor.size for tensor in self.tensors if tensor.name == name)


def is_expert(name: str) -> bool:
    """Whether a tensor holds the routed experts of a layer."""
    return "_exps." in name


def block_of(name: str) -> int:
    """Number of the block that a tensor is in, or NO_BLOCK."""
    return int(name.split(".", 2)[1]) if name.startswith("blk.") else NO_BLOCK


def read(source: str) -> Model:
    """A model by name, a config.json or its folder, or a .gguf file. UserError says what is wrong with it."""
    path = Path(source).expanduser()
    if path.suffix == ".gguf":
        return from_gguf(path)
    if path.is_dir():
        if not (path / "config.json").is_file():
            found = sorted(path.glob("*.gguf"))
            if found:
                return from_gguf(found[0])
            raise UserError(f"{path}: a folder without a config.json and without a .gguf file")
        path = path / "config.json"
    if path.suffix == ".json":
        return from_config_file(path)
    if path.is_file():
        raise UserError(f"{path}: neither a .json nor a .gguf file")
    return from_table(source)


def from_table(name: str) -> Model:
    """A model of models.toml. UserError with near names when there is none."""
    key, entry = tables.model(name)
    return replace(from_config(entry["config"], key), source=entry["source"])


def from_config_file(path: Path) -> Model:
    """A model from a config.json on disk."""
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise UserError(f"{path}: no JSON: {error}") from None
    try:
        return replace(from_config(fields, path.parent.name or str(path)), source=str(path))
    except ConfigError as error:
        raise UserError(f"{path}: {error}") from None


def from_config(fields: dict[str, Any], name: str = "model") -> Model:
    """A model from the fields of its config.json; an unknown architecture is counted like Llama, with a note."""
    found = layout.read(fields, assume=True)
    seen = _vision(fields.get("vision_config"))
    notes = found.dims.notes
    if seen:
        notes = (
            *notes,
            f"a vision tower of about {seen / 1e6:,.0f} million weights is counted only with --vision",
        )
    return Model(
        name, found.dims, found.tensors, "config.json", vision=seen, notes=notes, stored=_stored(fields)
    )


def from_numbers(**numbers: int) -> Model:
    """A plain decoder from numbers: layers, embed, heads, feed, vocab; more of FIELDS as there are."""
    unknown = set(numbers) - set(FIELDS)
    if unknown:
        raise UserError(f"{', '.join(sorted(unknown))}: not among the numbers {', '.join(FIELDS)}")
    fields = {FIELDS[key]: value for key, value in numbers.items()}
    fields["architectures"] = ["Qwen3MoeForCausalLM" if numbers.get("experts") else "MistralForCausalLM"]
    return replace(from_config(fields, "numbers given"), source="numbers given")


def from_gguf(path: Path) -> Model:
    """A model from the header of a GGUF file: types and bytes as they are in the file."""
    read = header.read(path)
    return from_header(read, path.stem, str(path))


def from_header(read: header.Header, name: str, source: str) -> Model:
    """A model from a header that was read, of a file that need not be here."""
    tensors = tuple(Tensor(info.name, info.shape) for info in read.tensors)
    shapes = {tensor.name: tensor.shape for tensor in tensors}
    dims = metadata.dims(read.metadata, shapes, name)
    types = {info.name: info.type.name for info in read.tensors}
    return Model(name, dims, tensors, source, types, read.size, notes=dims.notes)


def _stored(fields: dict[str, Any]) -> str:
    """The quantization of a checkpoint, from its config; empty when there is none that is known."""
    config = fields.get("quantization_config")
    if not isinstance(config, dict):
        return ""
    method, bits, group = (config.get(key) for key in ("quant_method", "bits", "group_size"))
    if method in ("gptq", "awq"):
        bits = bits or config.get("w_bit") or 4
        return f"{method}-{bits}-{group or config.get('q_group_size') or 128}"
    if method == "bitsandbytes" and config.get("load_in_4bit"):
        return "nf4-dq" if config.get("bnb_4bit_use_double_quant") else "nf4"
    return {"bitsandbytes": "int8", "fp8": "fp8", "mxfp4": "mxfp4"}.get(str(method), "")


def _vision(config: dict[str, Any] | None) -> int:
    """Weights of a vision tower, about: attention and feed-forward part of each layer, and the patches."""
    if not isinstance(config, dict):
        return 0
    wide = config.get("hidden_size") or config.get("embed_dim") or 0
    deep = config.get("num_hidden_layers") or config.get("depth") or 0
    feed = config.get("intermediate_size") or 4 * wide
    if not all(isinstance(n, int) and 0 < n < 1 << 20 for n in (wide, deep, feed)):
        return 0
    patch = config.get("patch_size") if isinstance(config.get("patch_size"), int) else 14
    return deep * (4 * wide * wide + 2 * wide * feed) + prod((3, patch, patch, wide))
