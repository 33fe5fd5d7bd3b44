# /// script
# [tool.fourbit]
# needs = ["gguf", "libgguf", "xllamacpp"]
# ///
"""Bytes of a token: by formula, as arrays, in llama.cpp's graph."""

import json

# --8<-- [start:main]
import tempfile
from pathlib import Path

import gguf
from graph import reads

from fourbit import tiny
from fourbit.gguf.convert import convert
from fourbit.vram import cache, model, settings, weights

found = model.read(str(tiny.MODEL))  # its config.json
cells = settings.Settings(context=256)
kv = sum(layer.bytes for layer in cache.layers(found.dims, cells))
rows = []
for kind in ("F32", "F16", "Q8_0", "Q4_K_M", "Q4_0"):
    file = Path(tempfile.mkdtemp(), "tiny.gguf")
    convert(tiny.MODEL, file, kind)

    sizes = weights.weigh(found, weights.Quant.parse(kind)).bytes
    table = sizes["token_embd.weight"]
    row = table // found.dims.vocab
    formula = sum(sizes.values()) - table + row

    stored = {t.name: t.data for t in gguf.GGUFReader(file).tensors}
    arrays = sum(data.nbytes for data in stored.values())
    arrays += stored["token_embd.weight"][0].nbytes
    arrays -= stored["token_embd.weight"].nbytes

    seen = reads(file, 256)
    graph = sum(s for n, s in seen.items() if n.endswith(".weight"))
    held = [n for n in seen if "cache" in n and "permuted" in n]
    assert formula == arrays == graph
    assert sum(seen[n] for n in held) == kv  # keys and values
    rows.append({"type": kind, "file": file.stat().st_size})
    rows[-1] |= {"formula": formula, "arrays": arrays, "graph": graph}
    print(f"{kind:7} {formula:12,} = {arrays:12,} = {graph:12,} bytes")
# --8<-- [end:main]
print(json.dumps({"rows": rows, "kv": kv}))
