"""Claimed and measured speeds, beside what memory allows."""

import json

# --8<-- [start:main]
import re

from rule import bandwidth, per_step

from fourbit.vram import devices, model, weights

POST, BRAND, LLMFIT, DAI = "a post", "normiebench", "llmfit", "Dai"
SMALL, LARGE = "llama-3.1-8b", "llama-3.1-70b"
NOISE = r"^\w+ | \(.*| \d+ GB$"  # maker and memory, in a name
SAID = [  # machine, model, type, tokens/s, who
    ("M3 Pro 36GB", SMALL, "Q4_K_M", 55, POST),
    ("M3 Pro 36GB", LARGE, "Q4_K_M", 8, POST),
    ("M4 16GB", SMALL, "Q4_K_M", 20.87, BRAND),
    ("M2 Pro 32GB", SMALL, "Q4_K_M", 33.0, LLMFIT),
    ("M2 Pro 32GB", SMALL, "Q8_0", 22.0, LLMFIT),
    ("M1 Max 64GB", SMALL, "Q4_K_M", 46.2, BRAND),
    ("m3-max-40-64gb", SMALL, "Q4_K_M", 48.97, DAI),
    ("m3-max-40-64gb", LARGE, "Q4_K_M", 7.65, DAI),
    ("M2 Ultra 192GB", LARGE, "Q4_K_M", 12.48, DAI),
    ("RTX 3090", SMALL, "F16", 47.40, DAI),
    ("RTX 3090", SMALL, "Q4_K_M", 115.42, DAI),
    ("RTX 4090", SMALL, "F16", 54.84, DAI),
    ("RTX 4090", SMALL, "Q4_K_M", 130.58, DAI),
]
rows = []
for machine, name, quant, speed, who in SAID:
    read = per_step(name, quant)
    limit = bandwidth(machine) / read
    verdict = "possible" if speed <= limit else "impossible"
    assert (verdict == "impossible") == (who == POST)
    known = re.sub(NOISE, "", devices.read(machine)[0].name)
    row = {"machine": known, "bandwidth": bandwidth(machine) / 1e9}
    row |= {"model": name[10:].upper(), "quant": quant, "speed": speed}
    row |= {"limit": limit, "share": speed / limit, "from": who}
    rows.append(row | {"needs": speed * read, "verdict": verdict})
    print(
        f"{machine:14} {row['model']:>3} {quant:6} {speed:6.2f} of"
        f" {limit:6.1f} tokens/s = {speed / limit:4.0%} {verdict}"
    )
# --8<-- [end:main]

# --8<-- [start:fits]
file = weights.weigh(model.read(LARGE), weights.Quant.parse("Q4_K_M"))
mac = devices.read("M3 Pro 36GB")[0]
most = 36 * 2**30  # all of its memory; the GPU may use mac.memory
assert file.total > most > mac.memory
# --8<-- [end:fits]
half, four = rows[-2:]
result = {"rows": rows, "file": file.total, "most": most}
result["gain_4090"] = four["speed"] / half["speed"]
result["share_200"] = 200 / four["limit"]
print(json.dumps(result | {"usable": mac.memory}))
