"""Weights to the blocks of a GGUF tensor type and back, by llama.cpp's own quantizers.

libgguf is those quantizers without the rest of llama.cpp; its bytes are the ones that llama-quantize writes
(tests/gguf/test_quantize.py compares them with ggml's), but for IQ1_M with importances: llama.cpp has another order of
sums there since 2026, and some blocks differ. It divides the rows of a call among all cores, or among
LIBGGUF_NUM_THREADS. Its tables for IQ types are not guarded: one call at a time.
"""

import numpy as np

from fourbit.errors import UserError
from fourbit.gguf.types import Type

FLOATS = ("F32", "F16", "BF16")
QUANTIZED = (
    *(
        "Q4_0",
        "Q4_1",
        "Q5_0",
        "Q5_1",
        "Q8_0",
        "Q2_K",
        "Q3_K",
        "Q4_K",
        "Q5_K",
        "Q6_K",
        "TQ1_0",
        "TQ2_0",
        "MXFP4",
    ),
    *("IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ3_XXS", "IQ3_S", "IQ4_NL", "IQ4_XS"),
)
WEIGHTED = ("IQ1_S", "IQ2_XXS", "IQ2_XS")  # ggml cannot encode them without importances
SLAB = 2**22  # weights in one call, which Ctrl-C has to wait for
LARGEST = 65504.0  # in float16, in which blocks keep their scales


def encode(
    values: np.ndarray, kind: Type, importance: np.ndarray | None = None, name: str = "tensor"
) -> np.ndarray:
    """The bytes (..., rows, row_bytes) uint8 of weights (..., rows, n) in blocks of type `kind`.

    importance  of each column, (n,), usually its mean squared input; (matrices, n) for stacked experts, one a matrix
    name        for messages
    UserError for weights that are not finite or too large for the type, for a type that cannot be made, and for one
    that needs importances when there are none. ValueError when blocks do not fill the rows.
    """
    if kind.name not in FLOATS + QUANTIZED:
        raise UserError(
            f"{name}: nothing here can quantize to {kind.name}; these can be made: {', '.join(QUANTIZED)}"
        )
    if importance is None and kind.name in WEIGHTED:
        raise UserError(
            f"{name}: {kind.name} needs the importance of every column; give --calib TEXT, or --imatrix FILE"
        )
    values = np.asarray(values)
    n = values.shape[-1]
    encoded = np.empty((*values.shape[:-1], kind.row_bytes(n)), np.uint8)
    rows = values.shape[-2] if values.ndim > 1 else 1
    matrices, targets = values.reshape(-1, rows, n), encoded.reshape(-1, rows, encoded.shape[-1])
    for index, (matrix, target) in enumerate(zip(matrices, targets, strict=True)):
        weights = _importance(importance, index, len(matrices), n, name)
        step = max(1, SLAB // n)
        for start in range(0, rows, step):
            _encode(matrix[start : start + step], target[start : start + step], kind, weights, name)
    return encoded


def _importance(given: np.ndarray | None, index: int, matrices: int, n: int, name: str) -> np.ndarray | None:
    """That of one matrix, (n,) float32."""
    if given is None:
        return None
    given = np.asarray(given, np.float32)
    if given.shape not in ((n,), (matrices, n)):
        raise ValueError(f"{name}: importances {given.shape} for {matrices} matrices of {n} columns")
    return np.ascontiguousarray(given if given.ndim == 1 else given[index])


def _encode(
    values: np.ndarray, target: np.ndarray, kind: Type, importance: np.ndarray | None, name: str
) -> None:
    from libgguf import quantize_rows_into_raw

    values = np.ascontiguousarray(values, np.float32)
    largest = float(np.abs(values).max(initial=0.0))
    if not np.isfinite(largest):
        bad = int((~np.isfinite(values)).sum())
        raise UserError(
            f"{name}: {bad:,} of {values.size:,} weights are not finite; the source model is damaged"
        )
    if kind.name == "F32":
        target[:] = values.view(np.uint8)
        return
    quantize_rows_into_raw(kind.id, values, target, *values.shape, importance)
    if largest > LARGEST and not np.isfinite(decode(target, kind, values.shape)).all():
        raise UserError(
            f"{name}: weights up to {largest:,.0f} are too large for {kind.name}; use bf16 or f32"
        )


def decode(data: np.ndarray, kind: Type, shape: tuple[int, ...]) -> np.ndarray:
    """The weights, float32 of `shape`, that encoded bytes (uint8, of any shape) stand for."""
    data = np.ascontiguousarray(data).reshape(-1).view(np.uint8)
    if kind.name == "F32":
        return data.view(np.float32).reshape(shape)
    if kind.name == "F16":
        return data.view(np.float16).astype(np.float32).reshape(shape)
    if kind.name == "BF16":
        return (data.view(np.uint16).astype(np.uint32) << 16).view(np.float32).reshape(shape)
    if kind.name not in QUANTIZED:
        raise UserError(f"{kind.name}: nothing here can decode it")
    from libgguf import dequantize_rows

    return dequantize_rows(data.reshape(-1, kind.row_bytes(shape[-1])), kind.id).reshape(shape)
