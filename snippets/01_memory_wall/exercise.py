"""Five posts, accepted or refused."""

import json

# --8<-- [start:main]
from rule import per_step

from fourbit.vram import devices, model, weights

POSTS = [  # machine, model, type, tokens/s in all, users
    ("RTX 5090", "llama-3.3-70b", "Q4_K_M", 30, 1),
    ("ddr5-5600-dual", "qwen3-32b", "Q4_K_M", 12, 1),
    ("ddr5-5600-dual", "qwen3-30b-a3b", "Q4_K_M", 25, 1),
    ("RTX 4090", "llama-3.1-8b", "Q4_K_M", 400, 1),
    ("RTX 4090", "llama-3.1-8b", "Q4_K_M", 900, 16),
]


def judge(name, wanted, quant, speed, users):
    """Ceiling in tokens/s, and why not, or an empty text."""
    machine, found = devices.read(name)[0], model.read(wanted)
    kind = weights.Quant.parse(quant)
    size = weights.weigh(found, kind).total
    read = per_step(wanted, quant, users=users)
    limit = users * machine.bandwidth * 1e9 / read
    if machine.tflops:
        limit = min(limit, machine.tflops * 1e12 / (2 * found.active))
    if size > machine.memory:
        return limit, "does not fit"
    return limit, "too fast" if speed > limit else ""


rows = []
for name, wanted, quant, speed, users in POSTS:
    limit, why = judge(name, wanted, quant, speed, users)
    machine = devices.read(name)[0].name
    row = {"machine": machine, "model": wanted, "speed": speed}
    row |= {"users": users, "limit": limit}
    rows.append(
        row | {"verdict": f"refused: {why}" if why else "possible"}
    )
# --8<-- [end:main]
found = [row["verdict"] for row in rows]
assert found[0] == "refused: does not fit" and rows[0]["limit"] > 30
assert found[1] == found[3] == "refused: too fast"
assert found[2] == found[4] == "possible"
print(json.dumps({"rows": rows}))
