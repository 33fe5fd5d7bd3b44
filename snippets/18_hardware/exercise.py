"""16 GB at 448 GB/s and 32 GB at 60 GB/s: coding at 16k tokens."""

import json

# --8<-- [start:main]
from solver import options, pareto

from fourbit.vram import (
    devices,
    estimate,
    model,
    place,
    settings,
    weights,
)

GIB = 2**30
gpu = devices.read("16GB@448")
ram = 28 * GIB  # the system keeps 4
CODERS = (
    "qwen3-14b",
    "mistral-small-3.2-24b",
    "qwen3-coder-30b-a3b",
    "qwen2.5-coder-32b",
)
found = []
for name in CODERS:
    front = pareto(options(name, gpu, ram, 60, contexts=(16384,)))
    # damage at most that of Q4_K_M, and faster than one reads
    good = [f for f in front if f["kl"] <= 0.0313 and f["speed"] >= 15]
    found += sorted(good, key=lambda f: (f["kl"], -f["speed"]))
for name in CODERS:
    mine = [f for f in found if f["model"] == name]
    print(f"{name}: {len(mine)} ways" if mine else f"{name}: none")
    ends = {f["quant"]: f for f in (*mine[:1], *mine[-1:])}
    for f in ends.values():
        where = f"{f['on_gpu']} of {f['layers']} layers on the GPU"
        if f["experts"]:
            where += f", experts of {f['experts']} in RAM"
        print(f"  {f['quant']}, cache {f['cache']}: {where}; "
              f"at most {f['speed']:.0f} tokens/s")  # fmt: skip
# --8<-- [end:main]
models = {f["model"] for f in found}
assert "qwen3-14b" in models and "qwen3-coder-30b-a3b" in models
dense = "qwen2.5-coder-32b"  # fits with RAM, too slow at 4 bits
slow = list(options(dense, gpu, ram, 60, contexts=(16384,)))
slow = max(f["speed"] for f in slow if f["quant"] == "Q4_K_M")
assert slow < 15 and dense not in models
for f in found:  # each again, by the whole estimate
    asked = settings.Settings(
        16384, type_k=f["cache"], type_v=f["cache"]
    )
    again = estimate.estimate(
        model.from_table(f["model"]),
        weights.Quant.parse(f["quant"]),
        asked,
        gpu,
        ram=ram,
        ram_bandwidth=60,
        advise=False,
    ).placement
    assert again.verdict != place.NOT
    assert again.bytes("gpu") <= 16 * GIB and again.bytes("ram") <= ram
small = [f for f in found if f["model"] == "qwen3-14b"]
small = [f for f in small if not f["tight"] and f["cache"] == "f16"]
experts = [f for f in found if f["model"] == "qwen3-coder-30b-a3b"]
for f in found:
    f["where"] = f"{f['on_gpu']} of {f['layers']}"
given = {"gpu": 16, "gpu_rate": 448, "ram": 32, "ram_rate": 60}
result = {"given": given, "rows": found, "slow": slow}
result |= {"small": small[0], "experts": experts[-1]}
print(json.dumps(result))
