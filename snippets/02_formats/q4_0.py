"""Q4_0 by hand: the same bytes as llama.cpp, the same weights."""

import json

# --8<-- [start:main]
import libgguf
import numpy as np

from fourbit.gguf.types import TYPES

rng = np.random.default_rng(0)
W = rng.standard_normal((64, 512), dtype=np.float32)


def encode(W):  # 32 weights -> 18 bytes
    w = W.reshape(-1, 32)
    far = abs(w).argmax(axis=1)[:, None]
    d = np.take_along_axis(w, far, axis=1) / -8  # it becomes code 0
    codes = np.minimum(w * (1 / d) + 8.5, 15).astype(np.uint8)
    qs = codes[:, :16] | codes[:, 16:] << 4  # weights j and j + 16
    return np.hstack([d.astype("<f2").view(np.uint8), qs])


def decode(blocks):
    d = blocks[:, :2].copy().view("<f2").astype(np.float32)
    qs = blocks[:, 2:]
    return d * (np.hstack([qs & 15, qs >> 4]) - np.float32(8))


blocks = encode(W)
theirs = libgguf.quantize_rows(W, TYPES["Q4_0"].id)
assert np.array_equal(blocks, theirs.reshape(-1, 18))
weights = libgguf.dequantize_rows(theirs, TYPES["Q4_0"].id)
assert np.array_equal(decode(blocks), weights.reshape(-1, 32))
# --8<-- [end:main]

# --8<-- [start:look]
scale = blocks[0, :2].copy().view("<f2")[0]
print(
    f"bytes 0-1   {blocks[0, :2].tobytes().hex(' ')}: d = {scale:.4f}"
)
for byte in (2, 3, 17):
    low, high = blocks[0, byte] & 15, blocks[0, byte] >> 4
    for place, code in ((byte - 2, low), (byte + 14, high)):
        print(
            f"byte {byte:<2}  {blocks[0, byte]:02x}  weight {place:<2} code"
            f" {code:2}: ({code:2} - 8) d = {decode(blocks)[0, place]:7.4f}"
            f"  (was {W[0, place]:7.4f})"
        )
# --8<-- [end:look]
bits = 8 * blocks.nbytes / W.size
print(json.dumps({"blocks": len(blocks), "bits": bits}))
