# ruff: noqa: F811
"""Exercise: the bytes of a cache, with windows."""

import json


# --8<-- [start:start]
def cache_bytes(layers, tokens, bits=16):
    """The bytes that a sequence of so many tokens keeps.

    layers: one (kv_heads, head_width, window) each; the window is
    None when the layer sees everything, else a number of tokens.
    """
    return 0


# --8<-- [end:start]


# --8<-- [start:solution]
def cache_bytes(layers, tokens, bits=16):
    total = 0
    for heads, width, window in layers:
        kept = tokens if window is None else min(tokens, window)
        total += 2 * kept * heads * width * bits / 8  # keys, values
    return total


# --8<-- [end:solution]

LLAMA = [(8, 128, None)] * 32  # Llama-3.1-8B
GEMMA = [(8, 256, 1024 if i % 6 < 5 else None) for i in range(48)]

# --8<-- [start:check]
small = cache_bytes([(1, 64, None)], 10)
hint = "Keys and values: twice, at two bytes a number."
assert small == 2 * 10 * 64 * 2, hint
token = cache_bytes(LLAMA, 1)
assert token == 131072, "Sum over the layers, times the KV heads."
q8 = cache_bytes(LLAMA, 1000, 8.5)
assert q8 == token * 1000 * 8.5 / 16, "Use bits: 8 to a byte."
one = cache_bytes([(1, 64, 1024)], 8192)
assert one == 2 * 1024 * 64 * 2, "A window keeps only its last tokens."
one = cache_bytes([(1, 64, 1024)], 100)
assert one == 2 * 100 * 64 * 2, (
    "Fewer tokens than the window: keep all."
)
gemma = [cache_bytes(GEMMA, n) / 1e9 for n in (8192, 131072)]
print("Gemma-3-12B: {:.2f} GB, then {:.2f} GB".format(*gemma))
# --8<-- [end:check]
assert gemma[1] < 16 * gemma[0]  # sixteen times the tokens
print(json.dumps({"token": token, "gemma": gemma}))
