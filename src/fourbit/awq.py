"""AWQ for one matrix: scale the columns with loud inputs up before rounding, and those inputs down to match.

Lin et al.: AWQ, arXiv 2306.00978. The grid of ratios, the centering of the scales and the range of the
clipping are those of the authors' code, mit-han-lab/llm-awq at d6e797a. Losses are taken from the Hessian,
so that no forward pass is needed for any candidate.
"""

import numpy as np

from fourbit.gptq import hessian, relative_error
from fourbit.grid import Quantized, check_weights, fit_grid, quantize_rtn, round_to_grid

RATIOS = np.arange(20) / 20  # from 0, plain rounding, up to 0.95
SHRINK = 1 - np.arange(10) / 20  # of a group's range, from 1, all of it, down to 0.55
SILENT = 1e-4  # a channel quieter than this share of the loudest counts as this loud: keeps scales finite


def channel_scales(magnitude: np.ndarray, ratio: float) -> np.ndarray:
    """magnitude**ratio for each input channel, (d_in,), centered: largest times smallest is 1.

    magnitude  mean |x| of each channel (d_in,)
    ratio      0 leaves all weights as they are; 1 makes all channels equally loud
    """
    if not magnitude.any():
        return np.ones_like(magnitude)
    scales = np.maximum(magnitude, SILENT * magnitude.max()) ** ratio
    return scales / np.sqrt(scales.max() * scales.min())


def search_scales(
    W: np.ndarray, X: np.ndarray, bits: int = 4, group_size: int = 128, symmetric: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """The scales (d_in,) of the best ratio, and the error at each of RATIOS (20,).

    W (d_out, d_in) holds all rows that read the inputs X (tokens, d_in): stack the query, key and value
    projections, for they share their scales. The error is that of the outputs (X / s) @ round(W * s).T,
    as a share of their energy.
    Raises ValueError for sizes that do not fit, or weights or inputs that are not finite.
    """
    W, group_size = check_weights(W, bits, group_size)
    X = _check_inputs(W, X)
    H, magnitude = hessian(X), np.abs(X).mean(axis=0, dtype=np.float64)
    errors = np.empty(len(RATIOS))
    for i, ratio in enumerate(RATIOS):
        s = channel_scales(magnitude, ratio).astype(W.dtype)
        rounded = quantize_rtn(W * s, bits, group_size, symmetric).dequantize() / s
        errors[i] = relative_error(W, rounded, H)
    return channel_scales(magnitude, RATIOS[errors.argmin()]).astype(W.dtype), errors


def quantize_clipped(
    W: np.ndarray, H: np.ndarray, bits: int = 4, group_size: int = 128, symmetric: bool = False
) -> Quantized:
    """Round W (d_out, d_in) with each group's grid shrunk as far as its own output error likes.

    A smaller range has finer steps and cuts the group's largest weights. For each row and group the share
    in SHRINK with the smallest error on inputs with Hessian H (d_in, d_in) is taken, as if all other groups
    were exact. Raises ValueError for sizes that do not fit, or weights that are not finite.
    """
    W, group_size = check_weights(W, bits, group_size)
    d_out, d_in = W.shape
    if H.shape != (d_in, d_in):
        raise ValueError(f"the Hessian of a layer of width {d_in} is ({d_in}, {d_in}), got {H.shape}")
    codes = np.empty((d_out, d_in), np.uint8)
    scales = np.empty((d_out, d_in // group_size), np.float16)
    zeros = np.empty(scales.shape, np.uint8)
    for g in range(scales.shape[1]):
        columns = slice(g * group_size, (g + 1) * group_size)
        group, H_group = W[:, columns], H[columns, columns]
        least = np.full(d_out, np.inf)
        for share in SHRINK:
            scale, zero = fit_grid(share * group, bits, symmetric)
            code = round_to_grid(group, scale[:, None], zero[:, None], bits)
            E = group - (code.astype(W.dtype) - zero[:, None]) * scale[:, None].astype(W.dtype)
            error = ((E @ H_group) * E).sum(axis=1)
            better = error < least
            least[better] = error[better]
            codes[better, columns] = code[better]
            scales[better, g], zeros[better, g] = scale[better], zero[better]
    g_idx = np.arange(d_in, dtype=np.int32) // group_size
    return Quantized(codes, scales, zeros, g_idx, bits)


def awq(
    W: np.ndarray, X: np.ndarray, bits: int = 4, group_size: int = 128, symmetric: bool = False
) -> tuple[Quantized, np.ndarray]:
    """Scale, clip and round W (d_out, d_in) for inputs like X (tokens, d_in); the codes and the scales (d_in,).

    The codes stand for W * scales: what produces the inputs has to be divided by the scales, or, to
    compare with W, the dequantized weights. Raises ValueError as search_scales does.
    """
    s, _ = search_scales(W, X, bits, group_size, symmetric)
    return quantize_clipped(np.asarray(W) * s, hessian(X) / np.outer(s, s), bits, group_size, symmetric), s


def _check_inputs(W: np.ndarray, X: np.ndarray) -> np.ndarray:
    X = np.asarray(X)
    if X.ndim != 2 or 0 in X.shape or W.shape[1:] != X.shape[1:]:
        raise ValueError(f"inputs must be (tokens, d_in) for weights (d_out, d_in), got {X.shape}")
    if not np.isfinite(X).all():
        raise ValueError("the inputs are not finite: the calibration activations overflowed or hold NaN")
    return X
