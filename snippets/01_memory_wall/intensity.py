"""Operations for each byte read: counted, by formula, and the turn."""

import json

# --8<-- [start:main]
import torch
from counter import count

from fourbit import tiny
from fourbit.engine import models

model = models.load(tiny.MODEL)  # 4 bytes a weight
rows = []
for tokens in (1, 8, 64, 512):
    read, flops, _ = count(model, torch.arange(tokens)[None])
    found = flops.total() / read.total()  # operations a byte
    formula = 2 * tokens / 4  # each weight: 2 operations a token
    assert abs(found / formula - 1) < 0.03  # rows and norms
    row = {"tokens": tokens, "read": read.total()}
    row |= {"flops": flops.total(), "intensity": found}
    rows.append(row | {"formula": formula})
    print(
        f"{tokens:4} tokens: {read.total():11,} bytes read,"
        f" {flops.total():14,} operations, {found:6.2f} a byte"
    )
# --8<-- [end:main]

# --8<-- [start:turn]
from fourbit.vram import devices

MACHINES = "RTX 4090,RTX 3090,H100 SXM,M3 Pro 36GB,M4 16GB"
turns = []
for name in MACHINES.split(","):
    machine = devices.read(name)[0]
    balance = machine.tflops * 1e12 / (machine.bandwidth * 1e9)
    row = {"machine": machine.name, "bandwidth": machine.bandwidth}
    row |= {"tflops": machine.tflops, "balance": balance}
    for bits in (16, 4.5):  # tokens at which both take as long
        row[f"at_{bits:.0f}"] = balance * bits / 8 / 2
    turns.append(row)
# --8<-- [end:turn]
assert turns[0]["at_16"] > 3.5 * turns[0]["at_4"] > 100
assert rows[0]["intensity"] < 0.5 < turns[3]["balance"]
print(json.dumps({"rows": rows, "turns": turns}))
