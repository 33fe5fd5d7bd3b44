"""The largest context that fits a card, by type of cache."""

import json

# --8<-- [start:main]
from fourbit.vram import devices, model, place, weights
from fourbit.vram.settings import Settings

quant, rows = weights.Quant.parse("Q4_K_M"), []
for name in ("llama-3.1-8b", "gemma-3-12b", "qwen3-14b", "qwen3.6-27b"):
    chosen = model.from_table(name)
    weighed = weights.weigh(chosen, quant)
    for kind in ("f16", "q8_0", "q4_0"):
        row = {"model": name, "type": kind}
        for size in (8, 12, 16, 24):
            job = place.Job(
                chosen,
                weighed,
                Settings(type_k=kind, type_v=kind),
                devices.read(f"{size}GB"),
            )
            row[f"gb{size}"] = place.most_context(job) or None
        rows.append(row | {"limit": chosen.dims.context})
        print(*row.values())
# --8<-- [end:main]
first = rows[0]
assert first["gb8"] < first["gb12"] < first["gb16"]
print(json.dumps({"rows": rows}))
