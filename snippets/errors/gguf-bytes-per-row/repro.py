import gguf
import numpy as np

writer = gguf.GGUFWriter("model.gguf", "llama")
kind = gguf.GGMLQuantizationType.Q4_0
data = np.zeros((4, 100), np.uint8)
writer.add_tensor("output.weight", data, raw_dtype=kind)
