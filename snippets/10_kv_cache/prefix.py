"""A cache changes no logits, and its beginning can be kept."""

import json

# --8<-- [start:main]
import torch
from transformers import DynamicCache

from fourbit import tiny
from fourbit.calibration.cut import tokenize
from fourbit.engine import models

model = models.load(tiny.MODEL)
text = tokenize(models.load_tokenizer(tiny.MODEL), tiny.text("docs"))
ids = torch.from_numpy(text[:400])[None]


@torch.inference_mode()
def read(ids, cache=None):
    return model(ids, past_key_values=cache).logits[0]


whole = read(ids)
cache = DynamicCache()
read(ids[:, :300], cache)  # the part that two prompts share
reused = read(ids[:, 300:], cache)  # 100 tokens of work, not 400
gap = (reused - whole[300:]).abs().max().item()
assert gap < 1e-4, gap
print(f"{reused.numel():,} logits differ by less than 0.0001")

changed = ids.clone()
changed[0, 150] += 1  # one token of another text, as a date has
other = DynamicCache()
read(changed, other)
shares = []
for ours, theirs in zip(cache.layers, other.layers, strict=True):
    equal = (ours.keys == theirs.keys).all(1).all(-1)[0]
    kept = equal.tolist().index(False)
    rest = equal[kept + 1 :].float().mean().item()
    shares.append(rest)
    print(f"equal up to token {kept}, then {rest:.0%}")
# --8<-- [end:main]
assert kept == 150
assert shares[0] == 1 and not any(shares[1:])
print(json.dumps({"logits": reused.numel(), "kept": kept}))
