# ruff: noqa: F811
"""Exercise: encode Q4_1, byte for byte as llama.cpp does."""

import json

# --8<-- [start:start]
import numpy as np


def encode(w):
    """Blocks of weights (n, 32) float32 -> bytes (n, 20) uint8."""
    # 1. d = (largest - smallest) / 15 and m = smallest, a block
    # 2. codes 0 to 15: (w - m) / d + 1/2, cut to an integer
    # 3. bytes: d and m as float16, then 16 bytes with two codes
    #    each: weight j in the low half, weight j + 16 in the high
    return np.zeros((len(w), 20), np.uint8)


# --8<-- [end:start]


# --8<-- [start:solution]
def encode(w):
    m = w.min(axis=1, keepdims=True)
    d = (w.max(axis=1, keepdims=True) - m) / 15
    codes = np.minimum((w - m) * (1 / d) + 0.5, 15).astype(np.uint8)
    qs = codes[:, :16] | codes[:, 16:] << 4
    dm = np.hstack([d, m]).astype("<f2").view(np.uint8)  # (n, 4)
    return np.hstack([dm, qs])


# --8<-- [end:solution]

rng = np.random.default_rng(1)
w = rng.standard_normal((2, 32), dtype=np.float32)
# As llama.cpp writes them; tests/book/test_exercises.py asks ggml.
BYTES = """
    e633 48bf ae828c7fb8a9d0bf49956bd576648a89
    9e34 dcc1 fc9878a66b4699ca9daadb9dc7cbb280
"""

# --8<-- [start:check]
blocks = np.asarray(encode(w.copy()))
assert blocks.shape == (2, 20), "20 bytes for each block of 32."
assert blocks.dtype == np.uint8, "Bytes are np.uint8."
d, m = blocks[:, :4].copy().view("<f2").astype(np.float32).T[:, :, None]
close = np.allclose(m, w.min(axis=1, keepdims=True), rtol=1e-3)
assert close, "Bytes 2 and 3 are the smallest weight, as float16."
close = np.allclose(d * 15 + m, w.max(axis=1)[:, None], rtol=1e-2)
assert close, "d is a fifteenth of the range: 16 levels, 15 steps."
low, high = blocks[:, 4:] & 15, blocks[:, 4:] >> 4
first = np.abs(low * d + m - w[:, :16]).max() < 1.01 * d.max()
assert first, "The low halves are the codes of weights 0 to 15."
second = np.abs(high * d + m - w[:, 16:]).max() < 1.01 * d.max()
assert second, "The high halves are the codes of weights 16 to 31."
same = blocks.tobytes() == bytes.fromhex(BYTES)
assert same, "A code is off by one: round before you cut."
print("The bytes are those of llama.cpp.")
# --8<-- [end:check]
print(json.dumps({"bits": 8 * blocks.nbytes / w.size}))
