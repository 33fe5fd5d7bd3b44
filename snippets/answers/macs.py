"""How much of a Mac's memory its GPU may take, and what that holds."""

import json

from fourbit.vram import devices, model, place, settings, weights
from fourbit.vram.lines import GIB

rows = []
for memory in (8, 16, 24, 32, 48, 64, 128):
    entry = {"kind": "mac", "name": "Mac", "memory": memory}
    mac = devices.of("mac", {**entry, "bandwidth": 0})
    usable = mac.memory / GIB
    row = {"memory": memory, "usable": usable, "share": usable / memory}
    for name, label in (
        ("llama-3.1-8b", "small"),
        ("qwen3-30b-a3b", "experts"),
        ("llama-3.3-70b", "large"),
    ):
        read = model.from_table(name)
        weighed = weights.weigh(read, weights.Quant.parse("Q4_K_M"))
        job = place.Job(read, weighed, settings.Settings(8192), [mac])
        row[label] = place.best_quant(job)
    rows.append(row)
    print(
        f"{memory:4} GB: {usable:5.1f} for the GPU, {row['share']:.0%}"
    )
assert all(0.66 < row["share"] <= 0.75 for row in rows)
print(json.dumps({"rows": rows}))
