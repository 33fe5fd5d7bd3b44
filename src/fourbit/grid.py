"""The uniform grid: scale and zero point per row and group of input columns, and rounding to nearest."""

from dataclasses import dataclass

import numpy as np

BITS = (2, 3, 4, 8)
SMALLEST_SCALE = 2.0**-24  # the smallest positive float16: keeps groups of (nearly) zeros away from 0/0


@dataclass(frozen=True)
class Quantized:
    """A quantized matrix: weight[i, j] = (codes[i, j] - zeros[i, g]) * scales[i, g] with g = g_idx[j].

    codes   (d_out, d_in) uint8, 0 .. 2**bits - 1
    scales  (d_out, groups) float16, as they are stored
    zeros   (d_out, groups) uint8, the code that stands for 0.0
    g_idx   (d_in,) int32, the group of each input column
    loss    what GPTQ reached, 1/2 tr(E H E^T) with the damped H; None after plain rounding
    notes   what happened on the way that a user should know
    """

    codes: np.ndarray
    scales: np.ndarray
    zeros: np.ndarray
    g_idx: np.ndarray
    bits: int
    loss: float | None = None
    notes: tuple[str, ...] = ()

    def dequantize(self) -> np.ndarray:
        """The weights that the codes stand for, (d_out, d_in) float32."""
        steps = self.codes.astype(np.float32) - self.zeros[:, self.g_idx]
        return steps * self.scales[:, self.g_idx].astype(np.float32)


def fit_grid(
    weights: np.ndarray, bits: int, symmetric: bool, lowest_zero: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Scale (rows,) float16 and zero point (rows,) uint8 of the min-max grid over each row of (rows, n).

    Symmetric: 2**bits levels over [-m, m], m the largest magnitude; zero point 2**(bits-1), so the top
    end is cut by half a step. Asymmetric: from min(lowest, 0) to max(highest, 0), so 0.0 stays exact.
    The scale is rounded to float16 here, before any code is chosen, because that is what is stored.
    lowest_zero: the smallest zero point that the stored format can hold; grids below it give up their lowest step.
    """
    levels = 2**bits - 1
    if symmetric:
        low = -np.abs(weights).max(axis=1)
        high = -low
    else:
        low = np.minimum(weights.min(axis=1), 0)
        high = np.maximum(weights.max(axis=1), 0)
    wide = (high - low) / levels
    if wide.max() > np.finfo(np.float16).max:
        raise ValueError(f"a group spans {(high - low).max():.3g}: its scale does not fit float16")
    scale = np.maximum(wide, SMALLEST_SCALE).astype(np.float16)
    if symmetric:
        return scale, np.full(len(weights), 2 ** (bits - 1), np.uint8)
    zero = np.clip(np.rint(-low / scale.astype(weights.dtype)), 0, levels)
    raised = zero < lowest_zero
    if raised.any():
        wide = np.maximum(high[raised] / (levels - lowest_zero), SMALLEST_SCALE)
        scale[raised], zero[raised] = wide.astype(np.float16), lowest_zero
    return scale, zero.astype(np.uint8)


def round_to_grid(weights: np.ndarray, scale: np.ndarray, zero: np.ndarray, bits: int) -> np.ndarray:
    """The nearest codes (uint8); scale and zero broadcast against weights."""
    codes = np.rint(weights / scale.astype(weights.dtype)) + zero
    return np.clip(codes, 0, 2**bits - 1).astype(np.uint8)


def check_shape(shape: tuple[int, ...], bits: int, group_size: int) -> int:
    """The group size in columns (-1 means one group a row); ValueError when bits, shape or group do not fit."""
    if len(shape) != 2 or 0 in shape:
        raise ValueError(f"weights must be a matrix (d_out, d_in), got shape {tuple(shape)}")
    if bits not in BITS:
        raise ValueError(f"bits must be one of {BITS}, got {bits}")
    width = shape[1]
    if group_size == -1:
        return width
    if group_size < 1 or width % group_size:
        fitting = (
            ", ".join(str(size) for size in (16, 32, 64, 96, 128, 192, 256) if width % size == 0) or "none"
        )
        raise ValueError(
            f"group size {group_size} does not divide the width {width}; common sizes that do: {fitting}; "
            "-1 takes one group a row"
        )
    return group_size


def check_weights(W: np.ndarray, bits: int, group_size: int) -> tuple[np.ndarray, int]:
    """W as a float matrix and the group size in columns; ValueError when they do not fit or are not finite."""
    W = np.asarray(W)
    group_size = check_shape(W.shape, bits, group_size)
    bad = ~np.isfinite(W)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise ValueError(
            f"{bad.sum()} weights are not finite, the first one ({W[row, column]}) at [{row}, {column}]"
        )
    return W.astype(np.result_type(W.dtype, np.float32)), group_size


def quantize_rtn(
    W: np.ndarray, bits: int = 4, group_size: int = 128, symmetric: bool = True, lowest_zero: int = 0
) -> Quantized:
    """Round W (d_out, d_in) to nearest, each weight by itself: the baseline of every table.

    A group is `group_size` consecutive input columns of one row; -1 takes the whole row. lowest_zero: see fit_grid.
    Raises ValueError for weights that are not finite or a group size that does not divide d_in.

    >>> quantize_rtn(np.array([[0.1, -0.75, 0.3, 0.7]]), bits=4, group_size=4).codes
    array([[ 9,  0, 11, 15]], dtype=uint8)
    """
    W, group_size = check_weights(W, bits, group_size)
    d_out, d_in = W.shape
    groups = W.reshape(-1, group_size)
    scale, zero = fit_grid(groups, bits, symmetric, lowest_zero)
    codes = round_to_grid(groups, scale[:, None], zero[:, None], bits)
    g_idx = np.arange(d_in, dtype=np.int32) // group_size
    return Quantized(
        codes.reshape(d_out, d_in), scale.reshape(d_out, -1), zero.reshape(d_out, -1), g_idx, bits
    )
