# /// script
# [tool.fourbit]
# tolerance = 0.02
# needs = ["gguf"]
# ///
"""Requantizing a GPTQ model to Q4_0 loses more than either alone."""

import json

# --8<-- [start:loss]
import numpy as np
from gguf import GGMLQuantizationType
from gguf.quants import dequantize, quantize

from fourbit.gptq import gptq, hessian, relative_error
from fourbit.grid import quantize_rtn

Q4_0 = GGMLQuantizationType.Q4_0
d_out, d_in = 256, 512
rng = np.random.default_rng(0)
W = rng.standard_normal((d_out, d_in)).astype(np.float32) * 0.02
mix = np.linalg.qr(rng.standard_normal((d_in, d_in)))[0]
mix *= np.arange(1, d_in + 1) ** -0.4  # some directions carry more
X, held_out = rng.standard_normal((2, 4096, d_in)) @ mix.T
H, H_held_out = hessian(X), hessian(held_out)


def through_q4_0(W):
    return dequantize(quantize(W, Q4_0), Q4_0)


q = gptq(W, H, bits=4, group_size=128)
weights = {"gptq": q.dequantize(), "q4_0": through_q4_0(W)}
weights["rtn"] = quantize_rtn(W, 4, group_size=128).dequantize()
weights["gptq_q4_0"] = through_q4_0(weights["gptq"])
errors = {}
for name, W_hat in weights.items():
    errors[name] = relative_error(W, W_hat, H_held_out)
    print(f"{name:9}  error of new outputs {errors[name]:.2%}")
assert errors["gptq_q4_0"] > 1.5 * max(errors["gptq"], errors["q4_0"])
assert errors["gptq_q4_0"] > errors["rtn"] > errors["gptq"]
# --8<-- [end:loss]

# --8<-- [start:repack]
# Q4_0: blocks of 32 weights, (code - 8) * scale, like our symmetric q.
assert (q.zeros == 8).all()
scales = np.repeat(q.scales, 128 // 32, axis=1)  # one a block
codes = q.codes.reshape(d_out, -1, 32)
pairs = codes[..., :16] | codes[..., 16:] << 4  # weight i with i + 16
blocks = np.concatenate([scales[..., None].view(np.uint8), pairs], -1)
assert blocks.shape[-1] == 18  # bytes: a float16 scale, 16 pairs
repacked = dequantize(blocks.reshape(d_out, -1), Q4_0)
assert np.array_equal(repacked, weights["gptq"])  # to the last bit
print("repacked   every weight equal, nothing was rounded again")
# GPTQ: 8 codes down d_in in one int32; the scales lie elsewhere.
word = sum(int(code) << 4 * i for i, code in enumerate(q.codes[0, :8]))
assert word.to_bytes(4, "little") != blocks[0, 0, 2:6].tobytes()
# --8<-- [end:repack]
print(json.dumps(errors))
