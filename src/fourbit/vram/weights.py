"""Bytes of the weights, tensor by tensor, from how each quantization stores them.

GGUF types come from `fourbit.gguf.mix`. The others keep embeddings, head, norms, routers and convolutions in 16 bit and
quantize the matrices of the blocks:

    gptq, awq   codes, a float16 scale and a packed zero per group and output; gptq also the group of each input
    nf4         4 bits and a float32 scale per 64 weights; nf4-dq: 8-bit scales, with a float32 per 256 of them
    int8        8 bits and a float32 scale per output
    fp8         8 bits and a float32 scale per 128 x 128 weights
    mxfp4       4 bits and an 8-bit scale per 32 weights; of a model with experts, these only (as gpt-oss has it)
    bf16, f32   as they are
"""

import re
from dataclasses import dataclass
from functools import cached_property

from fourbit.errors import UserError
from fourbit.gguf import mix
from fourbit.gguf.layout import Tensor
from fourbit.gguf.types import TYPES
from fourbit.vram.lines import LLAMA, Line
from fourbit.vram.model import NO_BLOCK, Model, block_of, is_expert

KINDS = ("gptq", "awq", "nf4", "nf4-dq", "int8", "fp8", "mxfp4", "bf16", "f32")
REFERENCES = {
    "gguf": LLAMA + "src/llama-quant.cpp and ggml/src/ggml-common.h",
    "file": "the file's own list of tensors",
    "gptq": "GPTQ checkpoint format: qweight, qzeros, scales, g_idx (src/fourbit/engine/checkpoint/gptq.py)",
    "awq": "AWQ checkpoint format: qweight, qzeros, scales (AutoAWQ, WQLinear_GEMM)",
    "nf4": "bitsandbytes, functional.quantize_4bit; Dettmers et al. 2023 (QLoRA), section 3",
    "int8": "bitsandbytes, Linear8bitLt: int8 weights and a float32 scale per row",
    "fp8": "DeepSeek-V3, section 3.3.2: blocks of 128 x 128 with a float32 scale",
    "mxfp4": "OCP Microscaling Formats 1.0, section 6: blocks of 32 with an 8-bit exponent",
}


@dataclass(frozen=True)
class Quant:
    """How weights are stored. name: as typed;  kind: gguf, file or one of KINDS;  bits and group of gptq and awq."""

    name: str
    kind: str
    bits: int = 16
    group: int = 128
    imatrix: bool = False

    @classmethod
    def parse(cls, text: str, imatrix: bool = False) -> "Quant":
        """From 'Q4_K_M', 'gptq', 'gptq-3-64' (bits, group size; -1 for none), 'nf4-dq', ... UserError."""
        plain = text.strip().lower()
        plain = {"fp16": "f16", "16bit": "bf16", "16-bit": "bf16", "nf4-double": "nf4-dq"}.get(plain, plain)
        found = re.fullmatch(r"(gptq|awq)(?:[-_](\d)(?:bit)?(?:[-_]g?(-?\d+))?)?", plain)
        if found:
            bits, group = int(found[2] or 4), int(found[3] or 128)
            if bits not in ((2, 3, 4, 8) if found[1] == "gptq" else (4,)):
                raise UserError(
                    f"{text!r}: {found[1].upper()} stores {'2, 3, 4 or 8' if found[1] == 'gptq' else 4} bits"
                )
            if group != -1 and group < 1:
                raise UserError(f"{text!r}: a group size is a positive number, or -1 for one group per row")
            return cls(plain, found[1], bits, group)
        if plain in KINDS:
            return cls(plain, plain, {"f32": 32, "bf16": 16}.get(plain, 4 if "4" in plain else 8))
        try:
            name = mix.file_type(plain)
        except UserError as error:
            raise UserError(
                f"{text!r} is no quantization; {error.args[0].split('; ')[-1]}, {', '.join(KINDS)}"
            ) from None
        return cls(name, "gguf", imatrix=imatrix)


@dataclass(frozen=True)
class Weights:
    """Bytes per tensor by name, and what was said of the quantization."""

    quant: str
    bytes: dict[str, int]
    reference: str
    formula: str
    parameters: int

    @cached_property
    def total(self) -> int:
        """All tensors."""
        return sum(self.bytes.values())

    @property
    def bits(self) -> float:
        """Bits per weight."""
        return 8 * self.total / self.parameters

    @cached_property
    def blocks(self) -> dict[int, tuple[int, int]]:
        """Bytes of each block (NO_BLOCK: outside of blocks): all but its experts, and its experts."""
        found: dict[int, tuple[int, int]] = {NO_BLOCK: (0, 0)}
        for name, size in self.bytes.items():
            rest, experts = found.get(block_of(name), (0, 0))
            found[block_of(name)] = (rest, experts + size) if is_expert(name) else (rest + size, experts)
        return found

    def outside(self, *names: str) -> int:
        """Bytes of some tensors by name."""
        return sum(self.bytes.get(name, 0) for name in names)

    def line(self, name: str = "weights") -> Line:
        """The weights as one line."""
        return Line("weights", name, self.total, self.formula, self.reference)


def weigh(model: Model, quant: Quant | None) -> Weights:
    """Bytes of a model's tensors. None: as its file has them. UserError when a group size does not fit."""
    if quant is None:
        if model.types is None:
            raise UserError(f"{model.name}: say how its weights are stored, for example --quant Q4_K_M")
        found = {t.name: _gguf(t, model.types[t.name]) for t in model.tensors}
        formula = f"sum over {len(found)} tensors of rows x blocks x bytes per block, as the file lists them"
        return Weights("file", found, REFERENCES["file"], formula, model.parameters)
    if quant.kind == "gguf":
        found, counts = _mixed(model, quant)
        most = ", ".join(f"{n} {kind}" for kind, n in counts)
        formula = f"sum over {len(found)} tensors of rows x blocks x bytes per block: {most}"
        return Weights(quant.name, found, REFERENCES["gguf"], formula, model.parameters)
    some = quant.kind == "mxfp4" and model.dims.experts > 0
    taken = [t for t in model.tensors if is_matrix(t) and (is_expert(t.name) or not some)]
    names, count = {t.name for t in taken}, len(taken)
    whole = 4 if quant.kind == "f32" else 2
    found = {t.name: _stored(t, quant) if t.name in names else whole * t.size for t in model.tensors}
    detail = {
        "gptq": f"{quant.bits} bits, groups of {quant.group}",
        "awq": f"4 bits, groups of {quant.group}",
    }
    formula = f"{count} tensors of the blocks as {quant.kind}{f' ({detail[quant.kind]})' if quant.kind in detail else ''}"
    if quant.kind not in ("bf16", "f32"):
        formula += f", {len(found) - count} others in 16 bit"
    key = quant.kind.removesuffix("-dq")
    return Weights(quant.name, found, REFERENCES.get(key, "2 or 4 bytes a weight"), formula, model.parameters)


def file_bytes(model: Model, weights: Weights) -> int:
    """Size of a GGUF file: tensors padded to 32 bytes, their names, and a vocabulary of about 40 bytes a token."""
    if model.file_bytes and weights.quant == "file":
        return model.file_bytes
    return sum(-(-size // 32) * 32 + 64 for size in weights.bytes.values()) + 40 * model.dims.vocab


def _mixed(model: Model, quant: Quant) -> tuple[dict[str, int], list[tuple[str, int]]]:
    shapes = [(t.name, t.shape) for t in model.tensors]
    source = "BF16" if quant.name in ("BF16", "F32") else "F16"
    chosen = mix.choose(
        shapes, quant.name, model.dims.arch, imatrix=quant.imatrix, n_layer=len(model.dims.layers), source=source,
        **facts(model),
    )  # fmt: skip
    counts: dict[str, int] = {}
    for choice in chosen.values():
        counts[choice.type.name] = counts.get(choice.type.name, 0) + 1
    found = {t.name: _gguf(t, chosen[t.name].type.name) for t in model.tensors}
    return found, sorted(counts.items(), key=lambda item: -item[1])


def facts(model: Model) -> dict[str, int]:
    """What the rules of mixes ask of a model: experts, and query heads per key-value head of the first layer."""
    layers, arch = model.dims.layers, model.dims.arch
    first = layers[0]
    if arch.startswith("qwen3"):  # one number for all layers in its file
        first = next((layer for layer in layers if layer.kv_heads), first)
    return {"n_expert": model.dims.experts, "n_gqa": first.heads // first.kv_heads if first.kv_heads else 0}


def is_matrix(tensor: Tensor) -> bool:
    """Whether quantizers other than GGUF's take it: a matrix of a block that is multiplied with, but no router."""
    last = tensor.name.rsplit(".", 2)[-2] if tensor.name.endswith(".weight") else ""
    small = ("norm", "conv", "gate_inp", "altup", "ssm_alpha", "ssm_beta", "ssm_ba")
    return (
        block_of(tensor.name) != NO_BLOCK
        and len(tensor.shape) > 1
        and bool(last)
        and not any(s in last for s in small)
    )


def _gguf(tensor: Tensor, kind: str) -> int:
    return tensor.size // tensor.shape[-1] * TYPES[kind].row_bytes(tensor.shape[-1])


def _stored(tensor: Tensor, quant: Quant) -> int:
    """Bytes of a tensor outside of GGUF."""
    if quant.kind == "f32":
        return 4 * tensor.size
    if quant.kind == "bf16":
        return 2 * tensor.size
    rows, width = tensor.size // tensor.shape[-1], tensor.shape[-1]
    matrices = tensor.size // (tensor.shape[-1] * tensor.shape[-2])
    if quant.kind in ("gptq", "awq"):
        return _grouped(tensor, quant, rows, width, matrices)
    if quant.kind == "nf4":
        return -(-tensor.size // 2) + 4 * -(-tensor.size // 64)
    if quant.kind == "nf4-dq":
        scales = -(-tensor.size // 64)
        return -(-tensor.size // 2) + scales + 4 * -(-scales // 256)
    if quant.kind == "int8":
        return tensor.size + 4 * rows
    if quant.kind == "fp8":
        return tensor.size + 4 * matrices * -(-tensor.shape[-2] // 128) * -(-width // 128)
    return _gguf(tensor, "MXFP4") if width % 32 == 0 else 2 * tensor.size


def _grouped(tensor: Tensor, quant: Quant, rows: int, width: int, matrices: int) -> int:
    """GPTQ and AWQ: codes in 32-bit words, scales, zeros packed along the outputs, and for GPTQ each input's group."""
    group = width if quant.group == -1 else quant.group
    if width % group:
        raise UserError(
            f"group size {quant.group} does not divide the rows of {tensor.name} ({width} weights); "
            f"sizes that do: {', '.join(str(n) for n in (32, 64, 128, 256) if width % n == 0) or -1}"
        )
    if width * quant.bits % 32:
        return 2 * tensor.size  # rows that do not fill 32-bit words stay as they are
    groups = width // group
    zeros = 4 * matrices * groups * -(-tensor.shape[-2] * quant.bits // 32)
    index = 4 * width * matrices if quant.kind == "gptq" else 0
    return rows * width * quant.bits // 8 + 2 * rows * groups + zeros + index
