# /// script
# [tool.fourbit]
# timeout = 900
# tolerance = 0.02
# ///
"""The whole tiny model with each method, on text it has never seen."""

import json

# --8<-- [start:main]
from fourbit import calibration, tiny
from fourbit.engine import models
from fourbit.engine.evaluate import cut, evaluate
from fourbit.engine.recipe import Recipe
from fourbit.engine.walk.walk import quantize_model

tokenizer = models.load_tokenizer(tiny.MODEL)
texts = {
    split: calibration.tokenize(tokenizer, tiny.text("docs", split))
    for split in ("calibration", "evaluation")
}
windows = calibration.windows(texts["calibration"], 16, 256)
unseen = cut(texts["evaluation"], 256)[:24]
base = models.load(tiny.MODEL)

rows = []
for bits in (4, 3):
    row = {"bits": bits}
    for method in ("rtn", "awq", "gptq", "awq+gptq"):
        recipe = Recipe(
            method,
            bits,
            group_size=64,
            symmetric=False,
            order="activation",  # for GPTQ; rounding has no order
            effort="fast",  # the methods as published
        )
        model = models.load(tiny.MODEL)
        quantize_model(model, windows, recipe)
        result = evaluate(model, unseen, base)
        row[method.replace("+", "_")] = result.kl.value
        print(f"{bits} bits, {method:8} KL {result.kl.value:.4f}")
    rows.append(row)

for row in rows:
    assert row["awq"] < row["rtn"]
    assert row["gptq"] < row["awq"]  # no channel is loud
# --8<-- [end:main]

print(json.dumps({"rows": rows, "tokens": windows.size}))
