import numpy as np

# --8<-- [start:fix]
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, quants

weights = np.zeros((4, 576), np.float32)
wanted = GGMLQuantizationType.Q5_K
block, _ = GGML_QUANT_SIZES[wanted]
if weights.shape[-1] % block:
    wanted = GGMLQuantizationType.Q5_0  # blocks of 32
data = quants.quantize(weights, wanted)
# --8<-- [end:fix]
# --8<-- [start:check]
block, size = GGML_QUANT_SIZES[wanted]
assert data.shape == (4, 576 // block * size)
# --8<-- [end:check]
