"""One text, one model: the popular loop against one that counts."""

import json

# --8<-- [start:setup]
import numpy as np
import torch

from fourbit import calibration, tiny
from fourbit.engine import models

torch.set_grad_enabled(False)
model = models.load(tiny.MODEL)
tokenizer = models.load_tokenizer(tiny.MODEL)
text = tiny.text("docs")[:12_000]
tokens = calibration.tokenize(tokenizer, text)  # (n,)
n, length, stride = len(tokens), 512, 128


def losses(ids):  # of ids[1:] given all before, in nats
    logits = model(torch.from_numpy(ids)[None]).logits[0, :-1]
    nll = -logits.log_softmax(-1)
    return nll[range(len(ids) - 1), ids[1:]].double().numpy()


# --8<-- [end:setup]

# --8<-- [start:popular]
times, means = np.zeros(n, int), []
for start in range(0, n - length, stride):
    end = start + length
    times[start + stride : end] += 1  # of 512 tokens, the last 384
    means.append(losses(tokens[start:end])[stride - 1 :].mean())
popular = np.exp(np.mean(means))
# --8<-- [end:popular]

# --8<-- [start:right]
once, total, end = np.zeros(n, int), 0.0, 1
for start in range(0, n, stride):
    scored, end = end, min(start + length, n)  # up to here, from here
    once[scored:end] += 1
    seen = losses(tokens[start:end])  # of start + 1 up to end
    total += seen[scored - start - 1 :].sum()
    if end == n:
        break
right = np.exp(total / once.sum())

assert once[0] == 0 and (once[1:] == 1).all()  # the ledger
assert times.max() == 3 and (times[:stride] == 0).all()
# --8<-- [end:right]

missing = int((times == 0).sum())
mean = times.sum() / (times > 0).sum()
print(f"{n:,} tokens, of which the first has nothing before it")
print(f"popular: perplexity {popular:.3f}, {missing} never scored,")
print(f"         the others {mean:.2f} times on average")
print(f"right:   perplexity {right:.3f}, each of {once.sum():,} once")
result = {"n": n, "popular": popular, "right": right, "mean": mean}
print(json.dumps(result | {"missing": missing}))
