# /// script
# [tool.fourbit]
# needs = ["gguf", "libgguf", "xllamacpp"]
# timeout = 300
# tolerance = 0.03
# ///
"""The tiny model in files of the same size, run by llama.cpp."""

import json
import tempfile
from functools import partial
from pathlib import Path

# --8<-- [start:main]
from fourbit import tiny
from fourbit.calibration.cut import tokenize, windows
from fourbit.engine import models
from fourbit.engine.evaluate import cut, evaluate
from fourbit.engine.llamacpp import Gguf
from fourbit.gguf import feedback, header, imatrix, plan
from fourbit.gguf.convert import convert

tokenizer = models.load_tokenizer(tiny.MODEL)
docs, held_out = (
    tokenize(tokenizer, tiny.text("docs", split))
    for split in ("calibration", "evaluation")
)
seen, unseen = windows(docs, 8, 256), cut(held_out, 256)[:8]
known = imatrix.collect(plan.read(tiny.MODEL), seen)
ways = {
    "plain": convert,
    "imatrix": partial(convert, imatrix=known),
    "feedback": partial(feedback.convert, windows=seen),
}
rows = []
with tempfile.TemporaryDirectory() as folder:
    f16, file = Path(folder, "f16.gguf"), Path(folder, "file.gguf")
    convert(tiny.MODEL, f16, "F16")
    with Gguf(f16, 256) as base:
        for kind in ("Q4_0", "Q4_K_M", "Q3_K_M"):
            row = {"type": kind}
            for way, make in ways.items():
                make(tiny.MODEL, file, kind)
                size = sum(t.nbytes for t in header.read(file).tensors)
                assert row.setdefault("bytes", size) == size
                with Gguf(file, 256) as model:
                    row[way] = evaluate(model, unseen, base).kl.value
            assert row["feedback"] < 0.75 * row["imatrix"]
            rows.append(row)
            print(
                "{type:6} {bytes:,} bytes: KL {plain:.4f} plain,"
                " {imatrix:.4f} with importances, {feedback:.4f} with"
                " error feedback".format(**row)
            )
# --8<-- [end:main]

print(json.dumps({"rows": rows}))
