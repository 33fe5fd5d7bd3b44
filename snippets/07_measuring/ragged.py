"""A mean of means gives the last window the weight of a full one."""

import json

# --8<-- [start:main]
import numpy as np
import torch

from fourbit import calibration, tiny
from fourbit.engine import models
from fourbit.engine.evaluate import cut, score

torch.set_grad_enabled(False)
model = models.load(tiny.MODEL)
tokenizer = models.load_tokenizer(tiny.MODEL)
tokens = calibration.tokenize(tokenizer, tiny.text("docs"))

rows = []
for extra in (0, 8, 64, 256):  # tokens in the last, short window
    sums, counts = [], []
    for window in cut(tokens[: 4 * 511 + 1 + extra], 512):
        logits = model(torch.from_numpy(window.ids)[None]).logits
        target = torch.from_numpy(window.ids[window.context :])
        nll = score(logits[0, window.context - 1 : -1], target)
        sums.append(nll.sum())
        counts.append(len(nll))
    of_windows = np.exp(np.mean(np.divide(sums, counts)))
    of_tokens = np.exp(np.sum(sums) / np.sum(counts))
    print(f"last window of {extra:3}: ", end="")
    print(f"over windows {of_windows:.3f}, over tokens {of_tokens:.3f}")
    row = {"extra": extra, "windows": of_windows, "tokens": of_tokens}
    rows.append(row)

assert np.isclose(rows[0]["windows"], rows[0]["tokens"])  # equal sizes
wrong = [abs(np.log(row["windows"] / row["tokens"])) for row in rows]
assert wrong[1] > 0.02  # eight tokens moved it by two percent
# --8<-- [end:main]

print(json.dumps({"rows": rows}))
