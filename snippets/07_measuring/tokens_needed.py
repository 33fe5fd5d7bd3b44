# /// script
# [tool.fourbit]
# tolerance = 0.15
# timeout = 180
# ///
"""How many tokens tell a better model from a worse one, by measure."""

import json

# --8<-- [start:models]
import numpy as np
import torch

from fourbit import tiny
from fourbit.calibration.cut import tokenize, windows
from fourbit.engine import models
from fourbit.engine.evaluate import cut, score
from fourbit.engine.recipe import Recipe
from fourbit.engine.walk.walk import quantize_model

path = models.find("tiny")
tokenizer = models.load_tokenizer(path)
seen, unseen = (
    tokenize(tokenizer, tiny.text("docs", split))
    for split in ("calibration", "evaluation")
)
base, compared = models.load(path), {}
for method in ("rtn", "gptq"):
    compared[method] = models.load(path)
    recipe = Recipe(method, 4, group_size=64, effort="fast")
    quantize_model(compared[method], windows(seen, 16, 256), recipe)
# --8<-- [end:models]


# --8<-- [start:needed]
def read(model, ids):
    with torch.inference_mode():
        return model(torch.from_numpy(ids)[None]).logits[0, :-1]


pieces = [w.ids for w in cut(unseen, 128)[:100]]
means = {name: [] for name in compared}  # of each window
for ids in pieces:
    known, target = read(base, ids), torch.from_numpy(ids[1:])
    for name, model in compared.items():
        rows = score(read(model, ids), target, known)
        means[name].append(rows.mean(axis=0))
a, b = (np.array(means[name]) for name in compared)  # (100, 4)
nll, same, kl = (
    a[:, 0] - b[:, 0],  # nats a token; the base cancels out
    b[:, 3] - a[:, 3],
    a[:, 2] - b[:, 2],
)


def tokens(difference, spread):  # to see it 4 times in 5
    return ((1.96 + 0.84) * spread / difference) ** 2 * 127


apart, rows = np.hypot(a[:, 0].std(), b[:, 0].std()), []
for measure, difference, spread in [
    ("perplexity, each on its own text", nll, apart),
    ("perplexity, on the same text", nll, nll.std()),
    ("same top token", same, same.std()),
    ("KL divergence", kl, kl.std()),
]:
    row = {"measure": measure, "difference": difference.mean()}
    row["tokens"] = tokens(difference.mean(), spread)
    rows.append(row)
for row in rows:
    print("{measure:32} {difference:.4f} {tokens:.1e}".format(**row))
needed = [row["tokens"] for row in rows]
assert needed == sorted(needed, reverse=True)
# --8<-- [end:needed]

rng = np.random.default_rng(0)  # draws of 4 windows: which is ahead?
drawn = rng.integers(len(pieces), size=(4000, 4))
named = {
    key: float((values[drawn].mean(axis=1) > 0).mean())
    for key, values in (("nll", nll), ("same", same), ("kl", kl))
}
print("right in 4 windows:", named)
print(json.dumps({"rows": rows, "named": named, "drawn": 4 * 127}))
