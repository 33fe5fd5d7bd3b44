# /// script
# [tool.fourbit]
# timeout = 300
# tolerance = 0.3
# ///
"""The rounding of this chapter beside llama.cpp's own, on tiny."""

import json
import tempfile
from pathlib import Path

# --8<-- [start:main]
from cached_model import Model, Once
from llama import cached
from rounded import per_token, rotated

from fourbit import tiny
from fourbit.calibration.cut import tokenize
from fourbit.engine import models
from fourbit.engine.evaluate import cut, evaluate
from fourbit.gguf.convert import convert

model = models.load(tiny.MODEL)
ids = tokenize(models.load_tokenizer(tiny.MODEL), tiny.text("docs"))
windows = cut(ids[:1023], 512)
ours, rows = Once(model), []
with tempfile.TemporaryDirectory() as folder:
    convert(tiny.MODEL, file := Path(folder, "tiny.gguf"), "F32")
    with cached(file, 512) as f16:
        theirs = Once(f16)
        for kinds in (
            ("Q8_0", "F16"),
            ("F16", "Q8_0"),
            ("Q4_0", "F16"),
            ("F16", "Q4_0"),
            ("Q4_0", "Q4_0"),
        ):
            ways = [rotated if k != "F16" else per_token for k in kinds]
            here = Model(model, *zip(ways, kinds, strict=True))
            row = dict(zip(("keys", "values"), kinds, strict=True))
            row["ours"] = evaluate(here, windows, ours).kl.value
            with cached(file, 512, *kinds) as run:
                row["theirs"] = evaluate(run, windows, theirs).kl.value
            rows.append(row)
            print(*row.values())
# --8<-- [end:main]
off = max(abs(r["ours"] / r["theirs"] - 1) for r in rows[2:])
assert off < 0.1, off
assert max(max(r["ours"], r["theirs"]) for r in rows[:2]) < 1e-4
print(json.dumps({"rows": rows, "off": off}))
