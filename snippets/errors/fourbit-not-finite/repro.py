import numpy as np

from fourbit.gguf.quantize import encode
from fourbit.gguf.types import TYPES

weights = np.ones((4, 32), np.float32)
weights[1, 3] = np.nan
encode(weights, TYPES["Q8_0"], name="blk.1.ffn_up.weight")
