"""Parallel sequences: the context is shared, windows are not."""

import json

# --8<-- [start:main]
from fourbit.vram import cache, model
from fourbit.vram.settings import Settings, pad

dims = model.from_table("gemma-3-12b").dims
rows = []
for sequences in (1, 2, 4, 8):
    asked = Settings(context=16384, sequences=sequences)
    full, window = cache.lines(dims, asked)
    cells = pad(min(asked.per_sequence, dims.window + 512)) * sequences
    assert window.bytes == 40 * cells * 2 * 8 * 256 * 2
    row = {"sequences": sequences, "each": asked.per_sequence}
    row |= {"full": full.bytes / 2**20, "window": window.bytes / 2**20}
    pool = Settings(context=16384, sequences=sequences, unified=True)
    row["pool"] = cache.lines(dims, pool)[1].bytes / 2**20
    rows.append(row | {"both": row["full"] + row["window"]})
# --8<-- [end:main]
assert len({row["full"] for row in rows}) == 1
assert rows[3]["window"] == 8 * rows[0]["window"]
assert rows[0]["pool"] == rows[0]["window"] < rows[3]["pool"]
asked = Settings(context=1000, sequences=3)  # 1024 / 3, padded again
assert asked.per_sequence == 512 and asked.tokens == 1536
print(json.dumps({"rows": rows, "window": dims.window}))
