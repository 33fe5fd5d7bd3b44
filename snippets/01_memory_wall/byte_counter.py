"""A token of decode reads every weight, and one row of the table."""

import json

# --8<-- [start:main]
import torch
from counter import count

from fourbit import tiny
from fourbit.engine import models

model = models.load(tiny.MODEL)  # float32
ids = torch.arange(100, 164)[None]  # a prompt of 64 tokens
_, _, cache = count(model, ids)
read, flops, cache = count(model, ids[:, :1], cache)  # one more token

arrays = sum(w.nbytes for w in model.parameters())
table = model.get_input_embeddings().weight
assert read.total() == arrays - table.nbytes + table[0].nbytes
for part, size in read.items():
    print(f"{part:13} {size:12,} bytes")
print(f"{'in all':13} {read.total():12,} bytes, of {arrays:,}")
# --8<-- [end:main]
layers = cache.layers
kv = sum(x.keys.nbytes + x.values.nbytes for x in layers)
assert (
    kv == 4 * 2 * 65 * 4 * 64 * 4
)  # layers, K and V, tokens, heads...
result = {"read": read.total(), "arrays": arrays, "table": table.nbytes}
result |= {"row": table[0].nbytes, "parts": dict(read)}
print(json.dumps(result))
