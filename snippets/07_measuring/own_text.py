# /// script
# [tool.fourbit]
# tolerance = 0.05
# timeout = 120
# ///
"""On text the base model wrote, perplexity's change averages to KL."""

import json

# --8<-- [start:write]
import numpy as np
import torch
from bits import rounded  # as above

from fourbit.engine import models
from fourbit.engine.evaluate import score

torch.set_grad_enabled(False)
path = models.find("tiny")
base = models.load(path)
rng = np.random.default_rng(0)
rows = new = torch.zeros(16, 1, dtype=torch.long)  # 16 empty texts
cache = None
for _ in range(255):  # drawn, not the likeliest
    out = base(new, past_key_values=cache, use_cache=True)
    cache, chance = out.past_key_values, out.logits[:, -1].softmax(-1)
    luck = torch.from_numpy(rng.random((16, 1)))
    new = torch.searchsorted(chance.double().cumsum(-1), luck)
    rows = torch.cat([rows, new], dim=1)  # (16, 256)
# --8<-- [end:write]

# --8<-- [start:compare]
before = base(rows).logits[:, :-1].flatten(0, 1)
target = rows[:, 1:].flatten()
table = []
for bits in (6, 5, 4, 3):
    after = rounded(path, bits)(rows).logits[:, :-1].flatten(0, 1)
    nll, base_nll, kl, _ = score(after, target, before).T
    change = nll - base_nll  # of one drawn token, nats
    error = change.std() / len(change) ** 0.5
    assert abs(change.mean() - kl.mean()) < 3 * error
    fewer = (change.std() / kl.std()) ** 2
    row = {"bits": bits, "change": change.mean(), "kl": kl.mean()}
    row |= {"change_sd": change.std(), "kl_sd": kl.std()}
    table.append(row | {"fewer": fewer, "error": error})
    print(
        f"{bits} bits: change {change.mean():.4f} +- {error:.4f}, "
        f"KL {kl.mean():.4f} +- {kl.std() / len(kl) ** 0.5:.4f}"
    )
    about = np.sqrt(2 * kl.mean())  # what theory says of its spread
    assert 0.8 < change.std() / about < 1.25
# --8<-- [end:compare]

print(json.dumps({"rows": table, "tokens": len(target)}))
