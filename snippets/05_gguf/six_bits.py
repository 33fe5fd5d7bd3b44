"""A super-block of Q6_K, byte by byte."""

import json

# --8<-- [start:main]
import numpy as np

from fourbit import tiny
from fourbit.gguf.quantize import decode, encode
from fourbit.gguf.types import TYPES

W, _ = tiny.layer("model.layers.1.self_attn.v_proj")
blocks = encode(W, TYPES["Q6_K"])  # (rows, 210): one a row
block = blocks[0]

ql = block[:128].reshape(2, 2, 32)  # low 4 bits, two to a byte
qh = block[128:192].reshape(2, 32)  # high 2 bits, four to a byte
scales = block[192:208].view(np.int8)  # of 16 weights each
d = block[208:].view("<f2").astype(np.float32)

codes = np.empty((2, 4, 32), int)  # 2 x 128 weights
for part in range(4):
    low = ql[:, part % 2] >> (0 if part < 2 else 4) & 15
    high = qh >> 2 * part & 3
    codes[:, part] = (low | high << 4).astype(int) - 32  # -32 .. 31
weights = (d * scales)[:, None] * codes.reshape(16, 16)

theirs = decode(blocks, TYPES["Q6_K"], W.shape)
assert np.array_equal(weights.ravel(), theirs[0])
print("d =", float(d[0]))
print("scales", *scales)
print("first codes", *codes[0, 0, :8])
# --8<-- [end:main]
print(
    json.dumps(
        {
            "bytes": len(block),
            "error": float(np.abs(W[0] - weights.ravel()).max()),
        }
    )
)
