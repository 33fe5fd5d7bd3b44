# /// script
# [tool.fourbit]
# timeout = 300
# tolerance = 0.05
# ///
"""Whole files with and without importances, run by llama.cpp."""

import json

# --8<-- [start:main]
import tempfile
from pathlib import Path

from fourbit import tiny
from fourbit.calibration.cut import tokenize
from fourbit.calibration.cut import windows as draw
from fourbit.engine import models
from fourbit.engine.evaluate import cut, evaluate
from fourbit.engine.llamacpp import Gguf
from fourbit.gguf import header, imatrix, plan
from fourbit.gguf.convert import convert

tokenizer = models.load_tokenizer(tiny.MODEL)


def tokens(domain, split="calibration"):
    return tokenize(tokenizer, tiny.text(domain, split))


planned, given = plan.read(tiny.MODEL), {"plain": None}
for domain in ("docs", "legal"):
    text = draw(tokens(domain), 16, 512)
    given[domain] = imatrix.collect(planned, text, dataset=domain)
short = draw(tokens("docs"), 1, 512)
given["short"] = imatrix.collect(planned, short, dataset="docs")

base = models.load(tiny.MODEL)
unseen = cut(tokens("docs", "evaluation"), 512)[:8]
rows = []
with tempfile.TemporaryDirectory() as folder:
    file = Path(folder, "model.gguf")
    for name in ("Q2_K", "Q3_K_M", "Q4_K_M"):
        row = {"type": name}
        for key, importance in given.items():
            convert(tiny.MODEL, file, name, imatrix=importance)
            with Gguf(file, 512) as model:
                row[key] = evaluate(model, unseen, base).kl.value
        row["gain"] = 1 - row["docs"] / row["plain"]
        tensors = header.read(file).tensors
        bits = 8 * sum(tensor.nbytes for tensor in tensors)
        row["bits"] = bits / sum(tensor.weights for tensor in tensors)
        rows.append(row)
        print(f"{name}: KL {row['plain']:.4f} -> {row['docs']:.4f}")
# --8<-- [end:main]
for row in rows:
    assert row["docs"] < row["plain"]
    assert row["short"] < row["plain"]
    assert row["legal"] < row["plain"]
print(json.dumps({"rows": rows}))
