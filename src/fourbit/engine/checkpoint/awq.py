"""The AWQ layout of AutoAWQ's GEMM kernels, read only.

A 4-bit layer (d_out, d_in) with G groups of consecutive inputs is stored as
  qweight (d_in, d_out/8) int32     codes along each row, eight a word, in the order of ORDER
  qzeros  (G, d_out/8) int32        zero points, packed alike, as they are
  scales  (G, d_out) float16
"""

import numpy as np
import torch

from fourbit.engine.checkpoint.gptq import Meta, as_scales, disagreement, dtype_name
from fourbit.engine.checkpoint.packing import unpack
from fourbit.errors import UserError
from fourbit.grid import Quantized

PARTS = ("qweight", "qzeros", "scales")
OPTIONAL = ()
BITS = 4
ORDER = (
    0,
    2,
    4,
    6,
    1,
    3,
    5,
    7,
)  # which of eight neighboring outputs the fields of a word hold, lowest bits first


def check_settings(settings: dict) -> None:
    """UserError unless `settings`, a quantization_config of method "awq", is of the layout that is read here."""
    stored = settings.get("version") or settings.get("checkpoint_format") or "gemm"
    if str(stored).lower() != "gemm" or settings.get("bits", BITS) != BITS:
        raise UserError(
            f"quantization_config: AWQ version {stored!r} with {settings.get('bits')} bits cannot be read; "
            "gemm with 4 bits can"
        )


def shape(name: str, metas: dict[str, Meta]) -> tuple[tuple[int, int], int]:
    """(d_out, d_in) and bits of a stored layer; UserError when its tensors disagree."""
    for part in ("qweight", "qzeros"):
        if metas[part][0] != torch.int32:
            raise UserError(f"{name}.{part}: must be int32, is {dtype_name(metas[part][0])}")
    sizes = {part: size for part, (_, size) in metas.items()}
    if all(len(size) == 2 and all(size) for size in sizes.values()):
        d_in, words = sizes["qweight"]
        groups = sizes["qzeros"][0]
        if sizes["qzeros"][1] == words and sizes["scales"] == (groups, 8 * words) and d_in % groups == 0:
            return (8 * words, d_in), BITS
    raise disagreement(name, sizes)


def read(name: str, parts: dict[str, torch.Tensor], settings: dict) -> Quantized:
    """A layer from its stored tensors; UserError when they disagree."""
    (_, d_in), _ = shape(name, {part: (t.dtype, tuple(t.shape)) for part, t in parts.items()})
    codes, zeros = (_outputs(parts[part]) for part in ("qweight", "qzeros"))
    g_idx = np.arange(d_in, dtype=np.int32) // (d_in // zeros.shape[1])
    return Quantized(codes, as_scales(parts["scales"]), zeros, g_idx, BITS)


def _outputs(words: torch.Tensor) -> np.ndarray:
    """Fields of (n, d_out/8) words in the order of outputs: (d_out, n) uint8."""
    fields = unpack(words.numpy().T, BITS)  # (d_out, n), in the order of the fields
    return np.ascontiguousarray(fields.reshape(-1, 8, fields.shape[1])[:, np.argsort(ORDER)]).reshape(
        fields.shape
    )
