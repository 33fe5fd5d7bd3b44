import gguf
import numpy as np

weights = np.zeros((4, 128), np.float32)
writer = gguf.GGUFWriter("model.gguf", "llama")
# --8<-- [start:fix]
kind = gguf.GGMLQuantizationType.Q4_0
data = gguf.quants.quantize(weights, kind)
writer.add_tensor("output.weight", data, raw_dtype=kind)
# --8<-- [end:fix]
# --8<-- [start:check]
shape = gguf.quants.quant_shape_to_byte_shape(weights.shape, kind)
assert data.shape == shape == (4, 128 // 32 * 18)
# --8<-- [end:check]
