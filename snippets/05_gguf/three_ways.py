# /// script
# [tool.fourbit]
# timeout = 300
# tolerance = 0.2
# ///
"""Five ways to 4.5 bits: rounding, and what becomes of GPTQ."""

import json
import subprocess
import tempfile
from functools import partial
from pathlib import Path

# --8<-- [start:main]
from transformers import AutoModelForCausalLM

from fourbit import tiny
from fourbit.calibration.cut import tokenize, windows
from fourbit.engine import models
from fourbit.engine.evaluate import cut, evaluate
from fourbit.gguf import feedback, imatrix, plan
from fourbit.gguf.convert import convert
from fourbit.gguf.repack import repack

tokenizer = models.load_tokenizer(tiny.MODEL)
docs, held_out = (
    tokenize(tokenizer, tiny.text("docs", split))
    for split in ("calibration", "evaluation")
)
seen, unseen = windows(docs, 8, 512), cut(held_out, 512)[:4]
base = models.load(tiny.MODEL)
known = imatrix.collect(plan.read(tiny.MODEL), seen)
out = Path(tempfile.mkdtemp())
quantize = "fourbit quantize tiny --group-size 32 --windows 8"
subprocess.run(
    [*quantize.split(), "--effort", "fast", "--out", out / "gptq"],
    capture_output=True,
    check=True,
)


def damage(file):  # of the layers: embedding, head as they were
    model = AutoModelForCausalLM.from_pretrained(out, gguf_file=file)
    model.set_input_embeddings(base.get_input_embeddings())
    model.set_output_embeddings(base.get_output_embeddings())
    return evaluate(model.eval(), unseen, base).kl.value


def rounded(source, kind, **more):
    convert(source, file, kind, pure=True, **more)


def fed_back(kind):
    options = {"windows": seen, "effort": "fast", "pure": True}
    feedback.convert(tiny.MODEL, file, kind, **options)


rows, file, gptq = [], out / "model.gguf", out / "gptq"
for kind in ("Q4_0", "Q4_K_M"):  # pure: blocks of Q4_0, of Q4_K
    for way, make in {
        "rounded": partial(rounded, tiny.MODEL, kind),
        "rounded with importances": partial(
            rounded, tiny.MODEL, kind, imatrix=known
        ),
        "GPTQ, rounded again": partial(rounded, gptq, kind),
        "GPTQ, moved": partial(repack, gptq, file),
        "GPTQ on this grid": partial(fed_back, kind),
    }.items():
        if kind == "Q4_0" or "moved" not in way:
            make()
            row = {
                "type": kind[:4],
                "way": way,
                "kl": damage(file.name),
            }
            rows.append(row)
            print("{type} {way:25} {kl:.4f}".format(**row))
# --8<-- [end:main]
kl = {(row["type"], row["way"]): row["kl"] for row in rows}
for kind in ("Q4_0", "Q4_K"):
    own = kl[kind, "rounded with importances"]
    assert kl[kind, "GPTQ on this grid"] < own < kl[kind, "rounded"]
    again = kl[kind, "GPTQ, rounded again"]
    assert again > 1.3 * kl["Q4_0", "GPTQ, moved"]
assert kl["Q4_0", "GPTQ, moved"] < kl["Q4_0", "rounded"]
print(json.dumps({"rows": rows}))
