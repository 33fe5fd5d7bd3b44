"""Half a byte a weight, and what is stored with it."""

import json

# --8<-- [start:main]
from fourbit.vram import model, weights

old = model.from_numbers(  # LLaMA-65B
    layers=80, embed=8192, heads=64, feed=22016, vocab=32000
)
rows = []
for name, found in (
    ("LLaMA-65B", old),
    ("Llama-3.1-70B", model.read("llama-3.1-70b")),
):
    row = {"model": name, "weights": found.parameters}
    row["f16"] = 2 * found.parameters
    row["codes"] = found.parameters / 2  # 4 bits and nothing else
    for quant in ("gptq-4--1", "gptq-4-128", "Q4_0", "Q4_K_M"):
        kind = weights.Quant.parse(quant)
        row[quant.lower()] = weights.weigh(found, kind).total
    assert all(row[kind] > row["codes"] for kind in list(row)[4:])
    rows.append(row)
    print(
        f"{name}: codes {row['codes'] / 1e9:.1f} GB,"
        f" GPTQ {row['gptq-4-128'] / 1e9:.1f} GB,"
        f" Q4_K_M {row['q4_k_m'] / 1e9:.1f} GB"
    )
# --8<-- [end:main]
assert 32.5e9 < rows[0]["codes"] < 32.7e9
for row in rows:
    row["row"], row["g128"] = (
        row.pop("gptq-4--1"),
        row.pop("gptq-4-128"),
    )
over = rows[1]["g128"] / rows[1]["codes"] - 1
print(json.dumps({"rows": rows, "over": over}))
