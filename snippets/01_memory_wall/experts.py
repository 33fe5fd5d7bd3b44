"""Mixtures of experts: what is stored, what a token reads."""

import json

# --8<-- [start:main]
from rule import bandwidth, per_step

from fourbit.vram import model, weights

ddr5 = bandwidth("ddr5-5600-dual")
rows = []
for name, quant in (
    ("qwen3-32b", "Q4_K_M"),
    ("qwen3-30b-a3b", "Q4_K_M"),
    ("llama-3.3-70b", "Q4_K_M"),
    ("gpt-oss-20b", "MXFP4_MOE"),
    ("gpt-oss-120b", "MXFP4_MOE"),
    ("deepseek-r1", "Q4_K_M"),
):
    found = model.read(name)
    stored = weights.weigh(found, weights.Quant.parse(quant)).total
    read = per_step(name, quant)
    row = {"model": name, "type": quant, "stored": stored}
    row |= {"weights": found.parameters, "active": found.active}
    row |= {"read": read, "share": read / stored}
    row["ceiling"] = ddr5 / read
    # sixteen users at once: more experts are in use
    row["sixteen"] = per_step(name, quant, users=16) / read
    rows.append(row)

mac, measured = bandwidth("M2 Pro 32GB"), 50.4  # gpt-oss-20b there
most, all_read = mac / rows[3]["read"], mac / rows[3]["stored"]
assert all_read < measured < most  # it did not read all experts
# --8<-- [end:main]
dense, sparse = rows[:2]
assert sparse["stored"] > 0.9 * dense["stored"]  # the same memory
assert sparse["read"] < dense["read"] / 9  # and a tenth of the bytes
assert dense["sixteen"] < 1.001  # sixteen users, one reading
assert sparse["sixteen"] > 5
result = {"rows": rows, "bandwidth": ddr5 / 1e9, "most": most}
print(json.dumps(result | {"all_read": all_read}))
