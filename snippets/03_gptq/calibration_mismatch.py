# /// script
# [tool.fourbit]
# timeout = 600
# tolerance = 0.02
# ///
"""Calibrate on one kind of text, deploy on another."""

import json

# --8<-- [start:main]
from fourbit import calibration, tiny
from fourbit.engine import models
from fourbit.engine.evaluate import cut, evaluate
from fourbit.engine.recipe import Recipe
from fourbit.engine.walk.walk import quantize_model

tokenizer = models.load_tokenizer(tiny.MODEL)
base = models.load(tiny.MODEL)


def tokens(domain, split):
    return calibration.tokenize(tokenizer, tiny.text(domain, split))


rows = []
for method, source in [
    ("rtn", "docs"),
    ("gptq", "docs"),
    ("gptq", "code"),
]:
    model = models.load(tiny.MODEL)
    windows = calibration.windows(
        tokens(source, "calibration"), 16, 256
    )
    quantize_model(
        model, windows, Recipe(method, bits=3, group_size=64)
    )
    row = {"calibrated": "nothing" if method == "rtn" else source}
    for domain in ("docs", "code"):
        unseen = cut(tokens(domain, "evaluation"), 256)[:24]
        row[domain] = evaluate(model, unseen, base).kl.value
    rows.append(row)
    print(
        "calibrated on {calibrated:8} KL on docs {docs:.4f},"
        " on code {code:.4f}".format(**row)
    )

rounding, docs, code = rows
assert docs["docs"] < code["docs"]  # each is best at home
assert code["code"] < docs["code"]
assert docs["docs"] < rounding["docs"]
# --8<-- [end:main]

print(json.dumps({"rows": rows}))
