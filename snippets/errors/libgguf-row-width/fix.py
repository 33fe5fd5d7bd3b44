# --8<-- [start:fix]
import libgguf
import numpy as np

Types = libgguf.GGMLQuantizationType
weights = np.random.default_rng(0).normal(size=(4, 576))
weights = weights.astype(np.float32)
kind = Types.Q5_0 if weights.shape[1] % 256 else Types.Q4_K
data = np.asarray(libgguf.quantize_rows(weights, kind))
# --8<-- [end:fix]
# --8<-- [start:check]
assert data.size == 4 * 576 // 32 * 22  # a block of Q5_0: 22 bytes
# --8<-- [end:check]
