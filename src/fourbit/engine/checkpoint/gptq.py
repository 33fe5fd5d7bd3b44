"""The GPTQ layout: four tensors a layer, and the quantization_config that says how to read them.

AutoGPTQ's layout, kept by its successors. A layer (d_out, d_in) with G groups is stored as
  qweight (d_in*bits/32, d_out) int32   codes, a bit stream down each column
  qzeros  (G, d_out*bits/32) int32      zero points, a bit stream along each row; less one in format "gptq"
  scales  (G, d_out) float16
  g_idx   (d_in,) int32                 group of each input column
"""

import re
from importlib.metadata import version

import numpy as np
import torch

from fourbit.engine.checkpoint.packing import pack, unpack
from fourbit.engine.recipe import FORMATS, Recipe
from fourbit.errors import UserError
from fourbit.grid import BITS, Quantized

PARTS = ("qweight", "qzeros", "scales", "g_idx")
OPTIONAL = ("g_idx",)  # some writers leave it out when it is sorted

Meta = tuple[torch.dtype, tuple[int, ...]]


def packable(shape: tuple[int, int], bits: int) -> bool:
    """Whether both sides of a (d_out, d_in) layer fill whole 32-bit words."""
    return shape[0] * bits % 32 == 0 and shape[1] * bits % 32 == 0


def layout(d_out: int, d_in: int, bits: int, group_size: int) -> dict[str, Meta]:
    """Dtype and shape of a layer's stored tensors, by part."""
    groups = 1 if group_size == -1 else d_in // group_size
    return {
        "qweight": (torch.int32, (d_in * bits // 32, d_out)),
        "qzeros": (torch.int32, (groups, d_out * bits // 32)),
        "scales": (torch.float16, (groups, d_out)),
        "g_idx": (torch.int32, (d_in,)),
    }


def stored_bytes(shape: tuple[int, int], bits: int, group_size: int) -> int:
    """Bytes of one quantized (d_out, d_in) layer: codes, scales, zero points, g_idx."""
    metas = layout(*shape, bits, group_size).values()
    return sum(dtype.itemsize * torch.Size(size).numel() for dtype, size in metas)


def tensors(q: Quantized, format: str) -> dict[str, torch.Tensor]:
    """The stored tensors of one layer, by part.

    Raises ValueError for a zero point of 0 in format "gptq": less one, it wraps around, and some readers
    then add it to the next layer output.
    """
    if format == "gptq" and not q.zeros.all():
        raise ValueError('format "gptq" cannot hold a zero point of 0; "gptq_v2" can')
    zeros = q.zeros - 1 if format == "gptq" else q.zeros
    parts = (pack(q.codes.T, q.bits), pack(zeros, q.bits).T, q.scales.T, q.g_idx)
    return {
        part: torch.from_numpy(np.ascontiguousarray(array)) for part, array in zip(PARTS, parts, strict=True)
    }


def settings(recipe: Recipe, layers: dict[str, int | None], blocks_prefix: str) -> dict:
    """The quantization_config that GPTQ runtimes read.

    layers         every linear layer by full name: its bits, or None when it is not quantized
    blocks_prefix  name of the list of decoder blocks, as "model.layers"

    Layers that differ from `recipe.bits` are named by regular expressions in `dynamic`, which GPTQModel and vLLM
    read. vLLM fuses q/k/v, gate/up and experts into one layer each and asks for the fused name: the rules hold it
    too, as long as its parts agree. When they do not, vLLM cannot load the model. Where a layer is skipped in all
    blocks or in none, `modules_in_block_to_quantize` says so to transformers, which reads no other rules.
    A quantized head is read by GPTQModel; transformers 5.23 puts random weights in its place, without an error.
    """
    in_blocks, head = {}, []
    for name, bits in layers.items():
        index, _, inner = name.removeprefix(f"{blocks_prefix}.").partition(".")
        if index.isdigit():
            in_blocks[int(index), inner] = bits
        elif bits is not None:
            head.append((name, bits))
    dynamic = _dynamic(recipe.bits, in_blocks, blocks_prefix)
    dynamic |= {f"+:^{re.escape(name)}$": {"bits": bits} for name, bits in head if bits != recipe.bits}
    result = {
        "quant_method": "gptq",
        "bits": recipe.bits,
        "group_size": recipe.group_size,
        "desc_act": "gptq" in recipe.method and recipe.order == "activation" and not recipe.static_groups,
        "static_groups": recipe.static_groups,
        "sym": recipe.symmetric,
        "checkpoint_format": recipe.format,
        "format": recipe.format,
        "lm_head": bool(head),
        "true_sequential": True,
        "damp_percent": recipe.damp,
        "meta": {"quantizer": [f"fourbit:{version('fourbit')}"]},
    }
    if dynamic:
        result["dynamic"] = dynamic
    kept = list(dict.fromkeys(inner for (_, inner), bits in in_blocks.items() if bits is not None))
    skipped = {inner for (_, inner), bits in in_blocks.items() if bits is None}
    if kept and skipped and skipped.isdisjoint(kept):
        result["modules_in_block_to_quantize"] = [kept]
    return result


def _dynamic(default: int, in_blocks: dict[tuple[int, str], int | None], prefix: str) -> dict[str, dict]:
    """Rules for layers in blocks that differ from `default`; layers of the same blocks share an expression."""
    named = dict(in_blocks)
    for (index, inner), bits in in_blocks.items():
        if fused := _fused(inner):
            agree = named.get((index, fused), bits) == bits
            named[index, fused] = bits if agree else default  # the default needs no rule
    same = {}  # bits, name in the block -> indices of blocks
    for (index, inner), bits in named.items():
        if bits != default:
            same.setdefault((bits, inner), []).append(index)
    rules = {}  # bits, indices -> names
    for (bits, inner), indices in same.items():
        rules.setdefault((bits, tuple(indices)), []).append(inner)
    return {
        f"{'-' if bits is None else '+'}:^{re.escape(prefix)}\\.{_either(map(str, indices))}\\."
        f"{_either(map(re.escape, names))}$": {} if bits is None else {"bits": bits}
        for (bits, indices), names in rules.items()
    }


def _fused(inner: str) -> str | None:
    """What vLLM calls the layer that a linear layer becomes a part of."""
    if ".experts." in inner:
        return inner.partition(".experts.")[0] + ".experts"
    path, _, leaf = inner.rpartition(".")
    for whole, parts in (
        ("qkv_proj", ("q_proj", "k_proj", "v_proj")),
        ("gate_up_proj", ("gate_proj", "up_proj")),
    ):
        if leaf in parts:
            return f"{path}.{whole}"
    return None


def _either(choices) -> str:
    choices = list(choices)
    return choices[0] if len(choices) == 1 else f"(?:{'|'.join(choices)})"


def check_settings(settings: dict) -> None:
    """UserError unless `settings`, a quantization_config of method "gptq", is of a layout that is read here."""
    stored = settings.get("checkpoint_format", "gptq")
    if stored not in FORMATS:
        raise UserError(f"quantization_config: format {stored!r} cannot be read; {' and '.join(FORMATS)} can")


def shape(name: str, metas: dict[str, Meta]) -> tuple[tuple[int, int], int]:
    """(d_out, d_in) and bits of a stored layer, by its tensors alone; UserError when they disagree."""
    for part in ("qweight", "qzeros"):
        if metas[part][0] != torch.int32:
            raise UserError(f"{name}.{part}: must be int32, is {dtype_name(metas[part][0])}")
    if metas["scales"][0] not in (torch.float16, torch.bfloat16, torch.float32):
        raise UserError(f"{name}.scales: must be 16- or 32-bit floats, is {dtype_name(metas['scales'][0])}")
    sizes = {part: size for part, (_, size) in metas.items()}
    if all(len(sizes[part]) == 2 and all(sizes[part]) for part in PARTS[:3]):
        words, d_out = sizes["qweight"]
        groups, zero_words = sizes["qzeros"]
        bits, rest = divmod(32 * zero_words, d_out)
        if bits in BITS and not rest:
            d_in, rest = divmod(32 * words, bits)
            if not rest and sizes["scales"] == (groups, d_out) and sizes.get("g_idx", (d_in,)) == (d_in,):
                return (d_out, d_in), bits
    raise disagreement(name, sizes)


def read(name: str, parts: dict[str, torch.Tensor], settings: dict) -> Quantized:
    """A layer from its stored tensors; UserError when they disagree.

    `notes` of the result say what is unusual: no g_idx, or zero points of the other format. The layer of a
    symmetric model has one zero point, 2**(bits-1), so the stored words tell which format they are of.
    """
    (_, d_in), bits = shape(name, {part: (t.dtype, tuple(t.shape)) for part, t in parts.items()})
    notes = []
    zeros = unpack(parts["qzeros"].numpy().T, bits)  # (d_out, groups)
    declared, middle = settings.get("checkpoint_format", "gptq"), 2 ** (bits - 1)
    less_one = declared == "gptq"
    if settings.get("sym", True) and (zeros == (middle if less_one else middle - 1)).all():
        less_one = not less_one
        notes.append(
            f'declared "{declared}", but its zero points are those of "{"gptq" if less_one else "gptq_v2"}"; '
            "read as such, other loaders may be off by one step"
        )
    if less_one:
        zeros = (zeros + np.uint8(1)) & np.uint8(2**bits - 1)
    groups = zeros.shape[1]
    if "g_idx" in parts:
        g_idx = parts["g_idx"].numpy().astype(np.int32)
    else:
        size = settings.get("group_size", -1)
        size = d_in if size == -1 or groups == 1 else size
        if -(-d_in // size) != groups:  # a rule gave this layer groups of its own
            size = -(-d_in // groups)
        g_idx = np.arange(d_in, dtype=np.int32) // size
        notes.append("has no g_idx, which transformers needs; groups taken in order")
    if g_idx.min() < 0 or g_idx.max() >= groups:
        raise UserError(f"{name}.g_idx: names groups {g_idx.min()} to {g_idx.max()}, there are {groups}")
    codes = unpack(parts["qweight"].numpy(), bits).T
    return Quantized(codes, as_scales(parts["scales"]), zeros, g_idx, bits, notes=tuple(notes))


def as_scales(stored: torch.Tensor) -> np.ndarray:
    """(d_out, groups), in float16 where that is exact, else in float32."""
    exact = stored if stored.dtype == torch.float16 else stored.float()
    return np.ascontiguousarray(exact.numpy().T)


def disagreement(name: str, sizes: dict[str, tuple[int, ...]]) -> UserError:
    """What to raise when the shapes of a layer's tensors belong to no layer."""
    listed = ", ".join(f"{part} {tuple(size)}" for part, size in sizes.items())
    return UserError(f"{name}: its tensors disagree: {listed}")


def dtype_name(dtype: torch.dtype) -> str:
    """As in 'int32'."""
    return str(dtype).removeprefix("torch.")
