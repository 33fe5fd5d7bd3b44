# /// script
# [tool.fourbit]
# tolerance = 0.02
# ///
"""The same integers in an AWQ file and in a GPTQ file."""

import json

# --8<-- [start:main]
import numpy as np

from fourbit import tiny
from fourbit.awq import awq

W, X = tiny.layer("model.layers.1.self_attn.q_proj")
q, s = awq(W, X, bits=4, group_size=64)
plain = np.arange(8)
interleaved = np.array([0, 2, 4, 6, 1, 3, 5, 7])  # as a kernel reads it


def pack(values, order):  # eight neighbors of the last axis in a word
    eight = values.reshape(*values.shape[:-1], -1, 8)[..., order]
    shifted = eight.astype(np.uint32) << np.uint32(4) * plain
    return np.bitwise_or.reduce(shifted.astype(np.uint32), axis=-1)


def unpack(words, order):
    eight = (words[..., None] >> np.uint32(4) * plain) & 15
    return eight[..., np.argsort(order)].reshape(*words.shape[:-1], -1)


codes = q.codes.T  # (d_in, d_out): both files store the transpose
awq_file = {  # neighboring outputs share a word
    "qweight": pack(codes, interleaved),  # (d_in, d_out / 8)
    "qzeros": pack(q.zeros.T, interleaved),  # (groups, d_out / 8)
    "scales": q.scales.T,  # (groups, d_out)
}
gptq_file = {  # neighboring inputs share a word
    "qweight": pack(q.codes, plain).T,  # (d_in / 8, d_out)
    "qzeros": pack(q.zeros.T, plain),  # of v2: zero points as is
    "scales": q.scales.T,
    "g_idx": q.g_idx,  # (d_in,), which AWQ does not have
}
sizes = {}
for name, file in (("AWQ", awq_file), ("GPTQ", gptq_file)):
    sizes[name] = sum(part.nbytes for part in file.values())
    shape = file["qweight"].shape
    print(f"{name:4} qweight {shape}, {sizes[name]:,} bytes")

read = unpack(awq_file["qweight"], interleaved).T
assert np.array_equal(read, q.codes)  # the way back
assert np.array_equal(unpack(gptq_file["qweight"].T, plain), read)
assert not np.array_equal(unpack(awq_file["qweight"], plain).T, read)
assert sizes["GPTQ"] - sizes["AWQ"] == 4 * W.shape[1]  # g_idx
# --8<-- [end:main]

print(json.dumps({"sizes": sizes, "d_in": W.shape[1]}))
