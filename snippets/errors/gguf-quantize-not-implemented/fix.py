import numpy as np

weights = np.random.default_rng(0).normal(size=(4, 256))
weights = weights.astype(np.float32)
# --8<-- [start:fix]
import gguf
import libgguf

Types = libgguf.GGMLQuantizationType
data = np.asarray(libgguf.quantize_rows(weights, Types.Q4_K))
# --8<-- [end:fix]
# --8<-- [start:check]
kind = gguf.GGMLQuantizationType.Q4_K
back = gguf.quants.dequantize(data.reshape(4, -1), kind)
assert np.abs(back - weights).mean() < 0.1
# --8<-- [end:check]
