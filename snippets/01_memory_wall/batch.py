"""Many users share one reading of the weights, but not of the cache."""

import json

# --8<-- [start:main]
from rule import bandwidth, per_step

from fourbit.vram import devices, model

card, llama = devices.read("RTX 4090")[0], model.read("llama-3.1-8b")
compute = card.tflops * 1e12 / (2 * llama.active)  # tokens/s at most
rows = []
for users in (1, 4, 16, 64, 256):
    row = {"users": users}
    for context in (0, 1024, 8192):  # tokens in the cache of each
        read = per_step("llama-3.1-8b", "Q4_K_M", context, users)
        limit = users * bandwidth("RTX 4090") / read
        row[f"at_{context}"] = min(limit, compute)
        row[f"each_{context}"] = min(limit, compute) / users
    rows.append(row)
# --8<-- [end:main]
assert rows[2]["at_0"] > 15.9 * rows[0]["at_0"]
assert rows[4]["at_0"] == compute  # arithmetic is the limit now
assert rows[4]["at_8192"] < 6 * rows[0]["at_8192"]  # the cache is
print(json.dumps({"rows": rows, "compute": compute}))
