# /// script
# [tool.fourbit]
# tier = "shown"
# reason = "the comparisons of this chapter import and run it"
# ///
"""Grids as sorted levels, and how to encode on any of them."""

# --8<-- [start:levels]
from statistics import NormalDist

import numpy as np


def nf4():  # quantiles of the normal distribution, and 0
    at = NormalDist().inv_cdf
    up = [at(p) for p in np.linspace(0.9677083, 0.5, 9)[:-1]]
    down = [-at(p) for p in np.linspace(0.9677083, 0.5, 8)[:-1]]
    return np.sort([*down, 0, *up]) / up[0]


def e4m3():  # 4 bits of exponent, 3 of mantissa; code 127 is NaN
    exponent, mantissa = np.divmod(np.arange(127), 8)
    normal = (1 + mantissa / 8) * 2.0 ** (exponent - 7)
    up = np.where(exponent, normal, mantissa / 8 * 2.0**-6)
    return np.hstack([-up[:0:-1], up])


E2M1 = np.array([0, 0.5, 1, 1.5, 2, 3, 4, 6])
E2M1 = np.hstack([-E2M1[:0:-1], E2M1])
SEVEN, EIGHT = np.arange(-7, 8), np.arange(-8, 8)
# --8<-- [end:levels]


# --8<-- [start:encode]
def half(x):  # as float16 will hold it
    return np.float32(np.float16(x))


def encode(W, levels, group, scale):
    """What W becomes: the nearest level, times its group's scale."""
    w = W.reshape(-1, group or W.shape[1])  # None: a whole row
    s = scale(abs(w).max(axis=1, keepdims=True))  # (groups, 1)
    between = (levels[1:] + levels[:-1]) / 2
    codes = np.searchsorted(between, w / s)  # 0, 1, ...
    return (levels[codes] * s).reshape(W.shape)


def asymmetric(W, group=128):
    """Sixteen levels from the smallest weight to the largest."""
    w = W.reshape(-1, group)
    low = np.minimum(w.min(axis=1, keepdims=True), 0)
    s = half((np.maximum(w.max(axis=1, keepdims=True), 0) - low) / 15)
    zero = np.rint(-low / s)  # the code of 0.0
    codes = np.clip(np.rint(w / s) + zero, 0, 15)
    return ((codes - zero) * s).reshape(W.shape)


# --8<-- [end:encode]
