"""A GPTQ layer takes b + (16 + b)/g + 32/d_out bits a weight."""

import json

# --8<-- [start:layer]
import numpy as np

from fourbit.grid import quantize_rtn


def layer_bytes(d_out, d_in, bits, g):  # as in a GPTQ file
    groups = d_out * d_in // g
    codes = d_out * d_in * bits // 8
    scales = groups * 2  # float16
    zeros = groups * bits // 8  # stored even if symmetric
    g_idx = d_in * 4  # the group of each input column, int32
    return codes + scales + zeros + g_idx


d_out, d_in, g, b = 512, 1024, 128, 4
W = np.random.default_rng(0).standard_normal((d_out, d_in))
q = quantize_rtn(W, b, g)
codes = q.codes[:, ::2] | q.codes[:, 1::2] << 4  # two in a byte
zeros = q.zeros[:, ::2] | q.zeros[:, 1::2] << 4
stored = [codes, q.scales, zeros, q.g_idx]
stored_bytes = sum(part.nbytes for part in stored)
assert stored_bytes == layer_bytes(d_out, d_in, b, g)
bits_per_weight = b + (16 + b) / g + 32 / d_out
assert 8 * stored_bytes == bits_per_weight * W.size
print(f"512 x 1024, group {g}: {bits_per_weight:.5f} bits per weight")
# --8<-- [end:layer]

# --8<-- [start:models]
MODELS = {  # hidden, intermediate, layers, key/value width, vocabulary
    "Llama-2-7B": (4096, 11008, 32, 4096, 32000),
    "Llama-3.1-8B": (4096, 14336, 32, 1024, 128256),
    "Llama-2-70B": (8192, 28672, 80, 1024, 32000),
}
GROUPS = {"32": 32, "64": 64, "128": 128, "row": None}  # weights
table = []
for name, (h, ffn, layers, kv, vocab) in MODELS.items():
    block = [(h, h), (kv, h), (kv, h), (h, h)]  # q, k, v, o
    block += [(ffn, h), (ffn, h), (h, ffn)]  # gate, up, down
    other = 2 * (2 * vocab * h + (2 * layers + 1) * h)  # 16 bits
    weights = layers * sum(o * i for o, i in block)
    row = {"model": name, "weights": weights, "other": other}
    for label, g in GROUPS.items():
        sizes = [layer_bytes(o, i, b, g or i) for o, i in block]
        size = layers * sum(sizes)
        row[f"g_{label}"] = other + size  # bytes of the file
        row[f"bits_{label}"] = 8 * size / weights
    table.append(row)
    files = [f"{row[f'g_{g}'] / 1e9:6.2f}" for g in GROUPS]
    print(f"{name:12}", *files, "GB at group 32, 64, 128, row")
# A large vocabulary in 16 bits: a third of this 4-bit file.
assert table[1]["other"] > table[1]["g_128"] / 3
# --8<-- [end:models]
result = {"layer_bits": bits_per_weight, "models": table}
result["extra_70b"] = table[2]["g_32"] - table[2]["g_128"]
print(json.dumps(result))
