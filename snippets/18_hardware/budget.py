"""The budget of a model, with pencil and paper and by fourbit.vram."""

import json

# --8<-- [start:main]
from fourbit.vram import devices, estimate, model, settings, weights
from fourbit.vram.lines import GIB, total

llama = model.read("llama-3.1-8b")
q4 = weights.Quant.parse("Q4_K_M")
card = devices.read("RTX 4090")


def budget(context, users=1):
    """The lines of Llama 3.1 8B for so many tokens each."""
    asked = settings.Settings(context=context * users, sequences=users)
    return estimate.estimate(llama, q4, asked, card).placement


found = budget(8192).lines
on_gpu = [line for line in found if line.where == "gpu"]
for line in on_gpu:
    print(
        f"{line.name:16} {line.bytes / GIB:6.2f} GiB  {line.formula[:44]}"
    )

# with pencil and paper
layers, kv_heads, width = 32, 8, 128
by_hand = layers * 2 * kv_heads * width * 2 * 8192  # K, V; 2 bytes
assert by_hand == sum(x.bytes for x in found if x.part == "cache")
# --8<-- [end:main]
PARTS = ("weights", "cache", "compute", "runtime")
rows = []
for context, users in (
    *((2048, 1), (8192, 1), (32768, 1), (131072, 1)),
    *((8192, 4), (8192, 16)),
):
    lines = budget(context, users).lines
    mine = [x for x in lines if x.where == "gpu"]
    parts = {
        p: sum(x.bytes for x in mine if x.part == p) / GIB
        for p in PARTS
    }
    whole = total(mine) / GIB
    assert abs(sum(parts.values()) - whole) < 1e-9
    high = total(mine, "high") / GIB
    row = {"context": context, "users": users, **parts}
    rows.append(row | {"total": whole, "high": high})
token = by_hand / 8192
ram = [line for line in found if line.name == "input embedding"]
result = {"rows": rows, "token": token, "whole": rows[1]}
print(json.dumps(result | {"embedding": total(ram) / GIB}))
