# /// script
# [tool.fourbit]
# tier = "shown"
# reason = "the comparisons of this chapter import and run it"
# ///
"""Formats by name: levels, group, bits per weight, there and back."""

# --8<-- [start:main]
from functools import partial

import libgguf
import numpy as np
from grids import (
    E2M1,
    EIGHT,
    SEVEN,
    asymmetric,
    e4m3,
    encode,
    half,
    nf4,
)

from fourbit.gguf.types import TYPES


def own(levels, group, stored, scale):  # stored: bits of a group
    bits = (len(levels) - 1).bit_length() + stored / (group or 1024)
    back = partial(encode, levels=levels, group=group, scale=scale)
    return len(levels), group, bits, back


def ggml(name, levels, group):  # by llama.cpp's own functions
    def there_and_back(W):
        data = libgguf.quantize_rows(W, TYPES[name].id)
        return libgguf.dequantize_rows(data, TYPES[name].id)

    return levels, group, TYPES[name].bits, there_and_back


def power_of_two(m):  # the largest weight lands between 4 and 8
    return np.float32(2.0 ** (np.floor(np.log2(m)) - 2))


FORMATS = {
    "-7 to 7": own(SEVEN, 128, 16, lambda m: half(m / 7)),
    "GPTQ, symmetric": own(EIGHT, 128, 20, lambda m: half(m / 7.5)),
    "GPTQ, asymmetric": (16, 128, 4.15625, asymmetric),
    "MXFP4": own(E2M1, 32, 8, power_of_two),
    "Q4_0": ggml("Q4_0", 16, 32),
    "NF4": own(nf4(), 64, 32, np.float32),
    "Q4_K": ggml("Q4_K", 16, 32),
    "Q4_1": ggml("Q4_1", 16, 32),
    "FP8 (E4M3)": own(e4m3(), None, 32, lambda m: m / 448),
    "Q8_0": ggml("Q8_0", 255, 32),
}
# --8<-- [end:main]
