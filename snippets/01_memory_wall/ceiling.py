"""The ceiling of an 8B model in eight formats, on four machines."""

import json

# --8<-- [start:main]
from rule import bandwidth, per_step

from fourbit.vram import model, weights

MACHINES = {"ddr5": "ddr5-5600-dual", "m3_pro": "M3 Pro 36GB"}
MACHINES |= {"rtx_4090": "RTX 4090", "h100": "H100 SXM"}
llama = model.read("llama-3.1-8b")
full = per_step("llama-3.1-8b", "F16")
rows = []
QUANTS = ["F16", "Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M", "gptq"]
for quant in [*QUANTS, "Q3_K_M", "Q2_K"]:
    stored = weights.weigh(llama, weights.Quant.parse(quant))
    read = per_step("llama-3.1-8b", quant)
    row = {"quant": quant, "file": stored.total, "read": read}
    row["name"] = {"gptq": "GPTQ, 128"}.get(quant, quant)
    row["bits"] = 8 * read / llama.active  # of the weights in use
    row["gain"] = full / read
    for name, machine in MACHINES.items():
        row[name] = bandwidth(machine) / read  # tokens/s at most
    assert row["gain"] <= 16.02 / row["bits"]  # norms take 32 bits
    rows.append(row)
# --8<-- [end:main]
four = rows[4]
assert four["quant"] == "Q4_K_M" and 32.4 < four["m3_pro"] < 32.6
assert all(row["gain"] < 4 for row in rows if row["bits"] > 4.01)

from fourbit.vram import devices, estimate, settings

ours = estimate.estimate(
    llama,
    weights.Quant.parse("Q4_K_M"),
    settings.Settings(context=256),
    devices.read("M3 Pro 36GB"),
).placement.speed.decode
here = bandwidth("M3 Pro 36GB") / per_step(
    "llama-3.1-8b", "Q4_K_M", 256
)
assert abs(ours / here - 1) < 1e-5  # `fourbit vram` says the same
print(json.dumps({"rows": rows}))
