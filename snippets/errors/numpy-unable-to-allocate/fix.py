import numpy as np

tokens, vocabulary = 2**12, 2**10
# --8<-- [start:fix]
shape = (tokens, vocabulary)
logits = np.lib.format.open_memmap(
    "logits.npy", mode="w+", dtype=np.float16, shape=shape
)
for start in range(0, tokens, 512):
    logits[start : start + 512] = 1  # one piece of the text
# --8<-- [end:fix]
# --8<-- [start:check]
assert np.load("logits.npy", mmap_mode="r").shape == shape
# --8<-- [end:check]
