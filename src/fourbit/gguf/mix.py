"""Which type each tensor of a GGUF file gets: the mixes that file types such as Q4_K_M stand for.

A file type has a base type, and gives some kinds of tensors more bits (or fewer), often only in some layers. What a
row's width does not allow falls back to a type with smaller blocks. The rules are those of llama.cpp's quantizer,
src/llama-quant.cpp at commit 0c1e57098 (October 2026); they were others before, so older files differ.
Standard library only: it runs in the browser.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from math import prod
from typing import NamedTuple

from fourbit.errors import UserError
from fourbit.gguf.mixes import (
    EIGHT_EXPERTS,
    EMBEDDINGS,
    FALCON,
    FALLBACKS,
    FEW_BITS,
    IMATRIX_TYPES,
    MIXES,
    Model,
    Rule,
)
from fourbit.gguf.names import EMBEDDINGS as EMBEDDING_NAMES
from fourbit.gguf.names import HEAD, dimensions, kind_of, layer_of, order, quantizable, stored_as_f32
from fourbit.gguf.types import TYPES, Type

Shape = tuple[int, ...]
WORDS = {
    "head": "output head",
    "embedding": "token embeddings",
    "value": "attention value",
    "key": "attention key",
    "query": "attention query",
    "attention output": "attention output",
    "up": "feed-forward up",
    "gate": "feed-forward gate",
    "down": "feed-forward down",
    "other": "this tensor",
}


class FileType(NamedTuple):
    """A mix. id: its number in general.file_type;  base: the type of most tensors."""

    id: int
    base: Type


FILE_TYPES = {
    name: FileType(number, TYPES[base])
    for name, number, base in (
        ("F32", 0, "F32"),
        ("F16", 1, "F16"),
        ("BF16", 32, "BF16"),
        ("Q4_0", 2, "Q4_0"),
        ("Q4_1", 3, "Q4_1"),
        ("Q5_0", 8, "Q5_0"),
        ("Q5_1", 9, "Q5_1"),
        ("Q8_0", 7, "Q8_0"),
        ("Q2_K", 10, "Q2_K"),
        ("Q2_K_S", 21, "Q2_K"),
        ("Q3_K_S", 11, "Q3_K"),
        ("Q3_K_M", 12, "Q3_K"),
        ("Q3_K_L", 13, "Q3_K"),
        ("Q4_K_S", 14, "Q4_K"),
        ("Q4_K_M", 15, "Q4_K"),
        ("Q5_K_S", 16, "Q5_K"),
        ("Q5_K_M", 17, "Q5_K"),
        ("Q6_K", 18, "Q6_K"),
        ("IQ1_S", 24, "IQ1_S"),
        ("IQ1_M", 31, "IQ1_M"),
        ("IQ2_XXS", 19, "IQ2_XXS"),
        ("IQ2_XS", 20, "IQ2_XS"),
        ("IQ2_S", 28, "IQ2_XS"),
        ("IQ2_M", 29, "IQ2_S"),
        ("IQ3_XXS", 23, "IQ3_XXS"),
        ("IQ3_XS", 22, "IQ3_S"),
        ("IQ3_S", 26, "IQ3_S"),
        ("IQ3_M", 27, "IQ3_S"),
        ("IQ4_NL", 25, "IQ4_NL"),
        ("IQ4_XS", 30, "IQ4_XS"),
        ("TQ1_0", 36, "TQ1_0"),
        ("TQ2_0", 37, "TQ2_0"),
        ("Q1_0", 40, "Q1_0"),
        ("Q2_0", 41, "Q2_0"),
        ("MXFP4_MOE", 38, "MXFP4"),
    )
}
ALIASES = {"Q3_K": "Q3_K_M", "Q4_K": "Q4_K_M", "Q5_K": "Q5_K_M"}  # llama-quantize has the same


class Choice(NamedTuple):
    """type: what the tensor is stored in;  wanted: what the mix asked for, another when the rows do not allow it."""

    type: Type
    reason: str
    wanted: Type

    @property
    def fell_back(self) -> bool:
        return self.type != self.wanted


def file_type(text: str) -> str:
    """The name in FILE_TYPES that the user means; "q4_k" means Q4_K_M. Raises UserError."""
    name = text.upper().replace("-", "_")
    name = ALIASES.get(name, name)
    if name not in FILE_TYPES:
        known = ", ".join(name.lower() for name in FILE_TYPES)
        raise UserError(f"{text!r} is no GGUF file type; known: {known}")
    return name


def facts(metadata: Mapping[str, object]) -> dict[str, int]:
    """n_expert, n_gqa and n_layer for `choose`, from the metadata of a GGUF file; what is missing is left out."""
    arch = metadata.get("general.architecture")

    def number(key: str) -> int | None:
        value = metadata.get(f"{arch}.{key}")
        value = (
            value[0] if isinstance(value, list) and value else value
        )  # the first layer's, as llama.cpp does
        return value if isinstance(value, int) else None

    found = {"n_expert": number("expert_count"), "n_layer": number("block_count")}
    heads, shared = number("attention.head_count"), number("attention.head_count_kv")
    if heads is not None:
        shared = heads if shared is None else shared
        found["n_gqa"] = heads // shared if shared else 0
    return {key: value for key, value in found.items() if value is not None}


def choose(
    tensors: Iterable[tuple[str, Shape]],
    file_type: str,
    arch: str,
    *,
    imatrix: bool = False,
    pure: bool = False,
    n_expert: int = 0,
    n_gqa: int = 1,
    n_layer: int | None = None,
    source: str = "F16",
) -> dict[str, Choice]:
    """The type of each tensor, in the order given.

    tensors    name and shape (rows first) of all tensors of the file, in any order
    file_type  a name in FILE_TYPES, such as "Q4_K_M"
    imatrix    whether an importance matrix is there
    pure       the base type for every tensor that may be quantized
    n_gqa      query heads to a key-value head in the first layer;  n_layer: counted from the names when None
    source     the type of the converted model's matrices, which those that are not quantized keep
    """
    tensors = list(tensors)
    base = FILE_TYPES[file_type].base
    if n_layer is None:
        n_layer = 1 + max((layer_of(name) or 0 for name, _ in tensors), default=0)
    if base.name in ("F32", "F16", "BF16"):
        source = base.name
    rules = _Rules(file_type, Model(arch, n_layer, n_expert, n_gqa, imatrix), [name for name, _ in tensors])
    chosen = {}
    for name, shape in sorted(tensors, key=lambda tensor: order(tensor[0])):
        if not quantizable(name, shape, arch):
            chosen[name] = _kept(name, shape, source)
        elif base.block == 1:
            chosen[name] = Choice(base, f"{file_type} keeps every matrix as it is", base)
        elif pure:
            chosen[name] = _fitting(base, shape[-1], f"base type of {file_type}, by request for all")
        else:
            wanted, reason = rules.choose(name, shape)
            chosen[name] = _fitting(wanted, shape[-1], reason)
    return {name: chosen[name] for name, _ in tensors}


def bytes_of(choices: Mapping[str, Choice], tensors: Iterable[tuple[str, Shape]], alignment: int = 1) -> int:
    """Bytes of all tensors; with alignment=32 those of a file's data, where each is padded."""
    sizes = (choices[name].type.row_bytes(shape[-1]) * prod(shape[:-1]) for name, shape in tensors)
    return sum(-(-size // alignment) * alignment for size in sizes)


def needs_imatrix(choices: Mapping[str, Choice], file_type: str) -> list[str]:
    """The tensors that llama.cpp refuses to quantize without an importance matrix: about two bits and less."""
    types = IMATRIX_TYPES | ({"Q2_K"} if file_type == "Q2_K_S" else set())
    spared = (*EMBEDDING_NAMES, HEAD)
    return [name for name, choice in choices.items() if choice.type.name in types and name not in spared]


class _Rules:
    """The rules for one file: some count the tensors of a kind that they have seen."""

    def __init__(self, file_type: str, model: Model, names: list[str]):
        self.file_type, self.model = file_type, model
        self.base = FILE_TYPES[file_type].base
        self.tied = HEAD not in names
        self.values = sum(kind_of(name) == "value" for name in names)
        self.seen = Counter()

    def choose(self, name: str, shape: Shape) -> tuple[Type, str]:
        """The type that the mix wants, and why; call in llama.cpp's order of tensors."""
        kind, model = kind_of(name), self.model
        if model.arch == "glm5-next" and any(
            part in name for part in ("attn_q_a", "attn_q_b", "nextn.eh_proj")
        ):
            return TYPES["Q8_0"], "never below 8 bits in this architecture"
        if kind == "head" or (kind == "embedding" and self.tied):
            return self._head(kind, shape[-1])
        if self.file_type == "MXFP4_MOE":
            # Compressed attention has three dimensions as well: bailingmoe3 tells it from experts by name.
            expert = dimensions(shape) > 2 and (model.arch != "bailingmoe3" or kind in ("up", "gate", "down"))
            return (TYPES["MXFP4"], "experts") if expert else (TYPES["Q8_0"], "8 bits for all but experts")
        if kind == "embedding":
            wanted = EMBEDDINGS.get(self.file_type, self.base.name)
            return TYPES[wanted], self._words(kind, wanted)
        return self._layer(kind, name)

    def _head(self, kind: str, width: int) -> tuple[Type, str]:
        what = WORDS[kind] + (", the output head as well" if kind == "embedding" else "")
        if self.file_type == "MXFP4_MOE" or self.base.name == "Q8_0":
            return TYPES["Q8_0"], f"{what}: 8 bits"
        if self.model.arch == "falcon" or width % self.base.block:
            return TYPES["Q8_0"], f"{what}: 8 bits, as its rows of {width} do not fit {self.base.name}"
        few = self.file_type in FEW_BITS or self.file_type == "IQ3_XXS"
        wanted, mixes = ("Q5_K", "of about three bits or less") if few else ("Q6_K", "of the larger sizes")
        return TYPES[wanted], f"{what}: {wanted} in mixes {mixes}"

    def _layer(self, kind: str, name: str) -> tuple[Type, str]:
        model, few = self.model, self.file_type in FEW_BITS
        rules = (FEW_BITS if few else MIXES).get(self.file_type, {}).get(kind, [])
        if model.arch == "falcon" and not few:
            rules = FALCON.get((self.file_type, kind), [] if kind == "attention output" else rules)
        if model.experts == 8 and not few:
            if kind in ("value", "key"):
                self.seen[kind] += 1
                return TYPES["Q8_0"], f"{WORDS[kind]}: 8 bits beside eight experts, where it is small"
            if kind == "attention output" and model.arch != "falcon":
                rules = [Rule("Q5_K", why="eight experts")] if self.file_type in EIGHT_EXPERTS else []
        # Experts come out of order, so their layer is in the name; else it is a count of what came before.
        parsed = model.experts > 1 and not few and kind in ("down", "gate", "up")
        i, n = (layer_of(name) or 0) if parsed else self.seen[kind], model.layers
        if kind == "value":
            n = self.values
        self.seen[kind] += 1
        rule = next((rule for rule in rules if rule.when(model) and rule.where.holds(i, n)), None)
        wanted = rule.type if rule else self.base.name
        if kind == "value" and not few and model.is_70b and wanted in ("Q3_K", "Q4_K"):
            return TYPES["Q5_K"], "attention value of a 70B model, which eight query heads share: more bits"
        return TYPES[wanted], self._words(kind, wanted, rule)

    def _words(self, kind: str, wanted: str, rule: Rule | None = None) -> str:
        if wanted == self.base.name:
            return f"base type of {self.file_type}"
        more = "more" if TYPES[wanted].bits > self.base.bits else "fewer"
        if TYPES[wanted].bits == self.base.bits:
            more = "as many"
        where = f" in {rule.where.words}" if rule and rule.where.words else ""
        why = f" ({rule.why})" if rule and rule.why else ""
        return f"{WORDS[kind]}, {more} bits{where}{why}"


def _kept(name: str, shape: Shape, source: str) -> Choice:
    if stored_as_f32(name, shape):
        what = "a vector" if dimensions(shape) < 2 else "small and sensitive"
        return Choice(TYPES["F32"], f"{what}: always 32 bits", TYPES["F32"])
    return Choice(TYPES[source], "small and sensitive: not quantized", TYPES[source])


def _fitting(wanted: Type, width: int, reason: str) -> Choice:
    """The type that was asked for, or what its rows can be cut into."""
    if width % wanted.block == 0:
        return Choice(wanted, reason, wanted)
    kind = TYPES[FALLBACKS.get(wanted.name, wanted.name)]
    if width % kind.block:
        kind = TYPES["F16"]
    words = f"rows of {width} are no multiple of {wanted.block}: {kind.name} in place of {wanted.name}"
    return Choice(kind, f"{words} ({reason})", wanted)
