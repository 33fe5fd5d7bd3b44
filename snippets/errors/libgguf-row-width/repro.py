import libgguf
import numpy as np

weights = np.zeros((4, 576), np.float32)
libgguf.quantize_rows(weights, libgguf.GGMLQuantizationType.Q4_K)
