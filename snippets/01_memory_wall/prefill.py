"""Prompts are read at the speed of arithmetic, not of memory."""

import json

# --8<-- [start:main]
import re

from rule import per_step

from fourbit.vram import devices, model

llama = model.read("llama-3.1-8b")
head = 128256 * 4096  # computed for the last token of a prompt only
work = 2 * (512 * llama.active_in_prompt + head)  # operations
NOISE = r"^\w+ | \d+ GB$"  # maker and memory, in a name
SAID = [  # machine, type, tokens/s of a prompt of 512 tokens, who
    ("M4 16GB", "Q4_K_M", 224.81, "normiebench"),
    ("M1 Max 64GB", "Q4_K_M", 499.58, "normiebench"),
    ("RTX 3090", "F16", 4444.65, "Dai"),
    ("RTX 3090", "Q4_K_M", 4030.40, "Dai"),
    ("RTX 4090", "F16", 9382.00, "Dai"),
    ("RTX 4090", "Q4_K_M", 7138.99, "Dai"),
]
rows = []
for name, quant, speed, who in SAID:
    machine = devices.read(name)[0]
    compute = machine.tflops * 1e12 / work * 512  # tokens/s
    read = per_step("llama-3.1-8b", quant)  # once for all 512
    memory = machine.bandwidth * 1e9 / read * 512
    row = {
        "machine": re.sub(NOISE, "", machine.name),
        "tflops": machine.tflops,
    }
    row |= {"quant": quant, "speed": speed, "compute": compute}
    row |= {"memory": memory, "share": speed / compute, "from": who}
    assert speed < compute < memory  # arithmetic is the lower roof
    rows.append(row)
# --8<-- [end:main]
assert rows[3]["speed"] < rows[2]["speed"]  # 4 bits are slower here
assert rows[5]["speed"] < rows[4]["speed"]
print(json.dumps({"rows": rows}))
