"""A super-block of Q4_K, byte by byte; then twelve types in full."""

import json

# --8<-- [start:main]
import libgguf
import numpy as np

from fourbit.gguf.types import TYPES

rng = np.random.default_rng(0)
W = rng.standard_normal((16, 1024), dtype=np.float32)
data = libgguf.quantize_rows(W, TYPES["Q4_K"].id)
block = data[0, :144]  # 256 weights

d, dmin = block[:4].view("<f2").astype(np.float32)
a, b, c = block[4:16].reshape(3, 4)  # 16 numbers of 6 bits
scales = np.hstack([a & 63, c & 15 | a >> 6 << 4])
mins = np.hstack([b & 63, c >> 4 | b >> 6 << 4])
qs = block[16:].reshape(4, 32)
codes = np.stack([qs & 15, qs >> 4], axis=1).reshape(8, 32)
weights = (d * scales)[:, None] * codes - (dmin * mins)[:, None]

theirs = libgguf.dequantize_rows(data, TYPES["Q4_K"].id)
assert np.array_equal(weights.ravel(), theirs[0, :256])
print(f"d = {d:.6f}, dmin = {dmin:.6f}")
print("scales", *scales)
print("minima", *mins)
# --8<-- [end:main]

# --8<-- [start:all]
import gguf

from fourbit.gguf.decode import FIELDS, decode

for name in FIELDS:
    data = libgguf.quantize_rows(W, TYPES[name].id)
    bits = decode(data, name).view(np.uint32)
    kind = gguf.GGMLQuantizationType[name]
    for theirs in (
        libgguf.dequantize_rows(data, kind),
        gguf.quants.dequantize(data, kind),
    ):
        assert np.array_equal(bits, theirs.view(np.uint32))
print(len(FIELDS), "types decoded, equal to the last bit")
# --8<-- [end:all]
print(json.dumps({"types": len(FIELDS), "weights": W.size}))
