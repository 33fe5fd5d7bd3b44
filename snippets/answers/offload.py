"""The ceiling of speed with so many layers on the GPU."""

import json
from itertools import pairwise

from fourbit.vram import devices, estimate, model, settings, weights
from fourbit.vram.lines import GIB

read = model.from_table("qwen3-14b")
kind = weights.Quant.parse("Q4_K_M")
card = devices.read("GeForce RTX 4060")


def placed(layers=None):
    """Where things go; as many layers on the GPU as fit, or these."""
    asked = settings.Settings(context=4096)
    found = estimate.estimate(
        read, kind, asked, card, ram=32 * GIB, layers=layers
    )
    return found.placement


fit, of = placed().on_gpu, len(read.dims.layers) + 1
rows = [
    {"layers": layers, "speed": placed(layers).speed.decode}
    for layers in (0, 10, 20, 30, fit)
]
gains = [b["speed"] - a["speed"] for a, b in pairwise(rows)]
assert 30 < fit < of and min(gains) > 0
assert rows[2]["speed"] < 1.6 * rows[0]["speed"]  # half: little gained
for row in rows:
    print(f"{row['layers']:3} layers: {row['speed']:5.1f} tokens/s")
print(json.dumps({"rows": rows, "fit": fit, "of": of}))
