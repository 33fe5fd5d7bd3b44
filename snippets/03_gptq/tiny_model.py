# /// script
# [tool.fourbit]
# tolerance = 0.01
# ///
"""The tiny model: how it was trained, and how well it reads."""

import json

# --8<-- [start:main]
from fourbit import calibration, tiny
from fourbit.engine import models
from fourbit.engine.evaluate import cut, evaluate

record = json.loads((tiny.MODEL / "training.json").read_text())
print(f"{record['parameters']:,} parameters")
print(f"{record['tokens_seen']:,} tokens seen in training")

model = models.load(tiny.MODEL)
tokenizer = models.load_tokenizer(tiny.MODEL)
held_out = {}
for domain in tiny.DOMAINS:  # text that was never trained on
    text = tiny.text(domain, "evaluation")
    tokens = calibration.tokenize(tokenizer, text)
    result = evaluate(model, cut(tokens, 512))
    held_out[domain] = result.perplexity.value
    print(f"{domain}: perplexity {held_out[domain]:.2f}")
# --8<-- [end:main]

for layer in model.state_dict().values():
    assert all(size % 256 == 0 for size in layer.shape)
last = record["curve"][-1]
keep = ("parameters", "tokens_seen", "steps", "seconds")
result = {key: record[key] for key in keep}
result |= {"perplexity": held_out, "train_loss": last["train_loss"]}
result["unique_tokens"] = sum(
    part["tokens"]
    for name, part in record["corpus"].items()
    if name.endswith("/train")
)
print(json.dumps(result))
