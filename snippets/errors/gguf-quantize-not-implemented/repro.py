import gguf
import numpy as np

weights = np.zeros((4, 256), np.float32)
gguf.quants.quantize(weights, gguf.GGMLQuantizationType.Q4_K)
