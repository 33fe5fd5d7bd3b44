"""Exercise: the largest context of an 8B on 8 GB, 1 GB kept free."""

import json

# --8<-- [start:main]
from fourbit.gguf.types import TYPES
from fourbit.vram import devices, model, place, weights
from fourbit.vram.settings import Settings

llama = model.from_table("llama-3.1-8b")
file = weights.weigh(llama, weights.Quant.parse("Q4_K_M"))
room = 7 * 2**30 - file.total  # a "GB" of a card is 2^30 bytes
(card,) = devices.read("7GB")
rows = []
for kind in ("f16", "q8_0", "q4_0"):
    token = 2 * 32 * 8 * 128 * TYPES[kind.upper()].bits / 8
    paper = int(room / token) // 256 * 256
    asked = Settings(type_k=kind, type_v=kind)
    job = place.Job(llama, file, asked, [card])
    row = {"type": kind, "token": int(token), "paper": paper}
    rows.append(row | {"whole": place.most_context(job)})
    print(*rows[-1].values())
print(f"weights {file.total / 2**30:.2f} GiB, room {room / 2**30:.2f}")
# --8<-- [end:main]
small = int((8e9 - 1e9 - file.total) / 131072)
assert [row["paper"] for row in rows] == sorted(
    row["paper"] for row in rows
)
for row in rows:  # neither is far from the other
    assert abs(row["whole"] / row["paper"] - 1) < 0.2
sizes = {"file": file.total / 2**30, "room": room / 2**30}
print(json.dumps({"rows": rows, "decimal": small} | sizes))
