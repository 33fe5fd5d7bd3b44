"""Bytes of a token, by architecture, and llama.cpp's own figures."""

# --8<-- [start:main]
import csv
import json
from pathlib import Path

from fourbit.vram import cache, model
from fourbit.vram.settings import Settings

named = {
    "olmo-2-7b": "multi-head",
    "llama-3.1-8b": "grouped",
    "llama-3.1-70b": "grouped",
    "deepseek-v3": "latent",
    "gemma-3-12b": "windows",
    "gpt-oss-20b": "windows",
    "qwen3.6-27b": "hybrid",
    "falcon-mamba-7b": "states only",
}
K, WHOLE = 1024, ("full", "latent")


def kept(dims, context):
    """Bytes that a sequence keeps after so many tokens."""
    asked = Settings(context=context)
    return sum(layer.bytes for layer in cache.layers(dims, asked))


oracle = Path("tests/vram/oracle.csv").read_text().splitlines()[1:]
logged = [
    row
    for row in csv.DictReader(oracle)
    if (row["cache"], row["sequences"], row["flash"])
    == ("f16", "1", "1")
    and row["ubatch"] == "512"
]
rows, checked = [], 0
for name, how in named.items():
    dims = model.from_table(name).dims
    token = (kept(dims, 128 * K) - kept(dims, 64 * K)) / (64 * K)
    fixed = kept(dims, 128 * K) - 128 * K * token
    growing = [x for x in dims.layers if x.attention in WHOLE]
    row = {"model": name, "how": how, "token": int(token)}
    row |= {"whole": kept(dims, 128 * K) / 1e9, "fixed": fixed / 1e6}
    row |= {"layers": len(dims.layers), "growing": len(growing)}
    for log in (r for r in logged if r["model"] == name):
        mib = float(log["cache_mib"]) + float(log["state_mib"])
        ours = kept(dims, int(log["context"])) / 2**20
        assert abs(ours - mib) < 0.011, (name, ours, mib)  # 2 decimals
        checked += 1
    rows.append(row)
    print(
        f"{name:16}{how:12}{token:8,.0f} B/token{row['whole']:6.2f} GB"
    )
print(f"{checked} of {checked} rows as llama.cpp logged them")
# --8<-- [end:main]
tokens = [row["token"] for row in rows]
assert tokens[:4] == [4 * 131072, 131072, 327680, 61 * 576 * 2]
print(json.dumps({"rows": rows, "checked": checked}))
