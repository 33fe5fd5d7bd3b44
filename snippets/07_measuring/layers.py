# /// script
# [tool.fourbit]
# tolerance = 0.05
# timeout = 180
# ///
"""Which layer hurts: quantize one at a time, and look at the end."""

import json

# --8<-- [start:main]
import numpy as np
import torch
from bits import read, rounded  # as above

from fourbit import tiny
from fourbit.calibration.cut import tokenize, windows
from fourbit.engine import models
from fourbit.engine.evaluate import score
from fourbit.engine.recipe import Recipe
from fourbit.engine.sensitivity import sensitivity, worst

path = models.find("tiny")
tokenizer, model = models.load_tokenizer(path), models.load(path)
seen, unseen = (
    windows(tokenize(tokenizer, tiny.text("docs", split)), 4, 256)
    for split in ("calibration", "evaluation")
)
recipe = Recipe("rtn", 3, group_size=64)
harms = sensitivity(model, unseen, seen, recipe)

for harm in worst(harms)[:4]:
    print(f"{harm.name:32} error {harm.error:.1%}, KL {harm.kl:.5f}")
kl = np.array([harm.kl for harm in harms])
error = np.array([harm.error for harm in harms])
order = kl.argsort()[::-1]
place = int((error.argsort()[::-1] == order[0]).argmax()) + 1
print(f"the worst is number {place} of {len(kl)} by its own error")
share = kl[order][: len(kl) // 4].sum() / kl.sum()
print(f"a quarter of the layers makes {share:.0%} of the harm")

together = rounded(path, 3)  # all layers, the same grid
at_once = [
    score(read(together, i), torch.from_numpy(i[1:]), read(model, i))
    for i in unseen
]
whole = np.concatenate(at_once)[:, 2].mean()
print(f"sum of all {kl.sum():.3f}, all at once {whole:.3f}")
assert place > len(kl) / 2 and abs(kl.sum() / whole - 1) < 0.2
# --8<-- [end:main]

rows = [
    {"name": h.name, "error": h.error, "kl": h.kl, "weights": h.weights}
    for h in harms
]
result = {"rows": rows, "place": place, "share": share}
result |= {"layers": len(kl), "spread": kl.max() / kl.min()}
print(json.dumps(result | {"total": kl.sum(), "whole": whole}))
