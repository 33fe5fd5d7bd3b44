"""Llama-3.1-8B: bytes of the cache by type, and llama.cpp's own."""

# --8<-- [start:main]
import csv
import json
from pathlib import Path

from fourbit.gguf.types import TYPES
from fourbit.vram import cache, model
from fourbit.vram.settings import Settings

oracle = Path("tests/vram/oracle.csv")  # what llama.cpp allocated
lines = oracle.read_text().splitlines()[1:]
allocated = {
    (row["cache"], int(row["context"])): float(row["cache_mib"])
    for row in csv.DictReader(lines)
    if row["model"] == "llama-3.1-8b"
    and (row["sequences"], row["flash"]) == ("1", "1")
}
dims, checked, rows = model.from_table("llama-3.1-8b").dims, 0, []
for kind in ("f16", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0"):
    bits = TYPES[kind.upper()].bits
    token = 2 * 32 * 8 * 128 * bits / 8
    for (other, context), mib in allocated.items():
        if other == kind:
            asked = Settings(context=context, type_k=kind, type_v=kind)
            (line,) = cache.lines(dims, asked)
            assert line.bytes == token * asked.tokens == mib * 2**20
            checked += 1
    whole = token * 131072
    rows.append({"type": kind, "bits": bits, "token": int(token)})
    rows[-1] |= {"whole": whole / 1e9, "part": bits / 16}
    print(f"{kind:5}{bits:5} bits {token:8,.0f} B/token", end="  ")
    print(f"{whole / 1e9:5.2f} GB at 128k")
# --8<-- [end:main]
assert checked == 5, checked
assert rows[0]["token"] == 131072
print(json.dumps({"rows": rows, "checked": checked}))
