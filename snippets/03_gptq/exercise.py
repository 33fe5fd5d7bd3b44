# /// script
# [tool.fourbit]
# timeout = 300
# tolerance = 0.02
# ///
"""Exercise: groups of 128, 64 and 32 at 4 bits, measured and computed."""

import json
import tempfile

# --8<-- [start:main]
from pathlib import Path

from safetensors.torch import load_file

from fourbit import calibration, tiny
from fourbit.engine import models
from fourbit.engine.evaluate import cut, evaluate
from fourbit.engine.recipe import Recipe
from fourbit.engine.walk.job import Job, run
from fourbit.engine.walk.skeleton import quantizable

tokenizer = models.load_tokenizer(tiny.MODEL)
texts = {
    split: calibration.tokenize(tokenizer, tiny.text("docs", split))
    for split in ("calibration", "evaluation")
}
windows = calibration.windows(texts["calibration"], 16, 256)
unseen = cut(texts["evaluation"], 256)[:24]

base = models.load(tiny.MODEL)
base_ppl = evaluate(base, unseen).perplexity.value
shapes = [
    (m.out_features, m.in_features) for m in quantizable(base).values()
]
tensors = load_file(tiny.MODEL / "model.safetensors")
others = sum(
    tensor.nbytes
    for name, tensor in tensors.items()
    if not name.endswith("_proj.weight")
)

rows = []
for group in (128, 64, 32):
    folder = Path(tempfile.mkdtemp()) / "model"
    recipe = Recipe(bits=4, group_size=group)
    stored = run(Job(tiny.MODEL, folder, windows, recipe))
    stored = stored["bytes_after"]

    bits = sum(o * i * (4 + 20 / group) + 32 * i for o, i in shapes)
    assert others + bits / 8 == stored  # the formula, to the byte
    result = evaluate(models.load(folder), unseen, base)
    rows.append(
        {
            "group": group,
            "megabytes": stored / 1e6,
            "ppl": result.perplexity.value,
            "kl": result.kl.value,
        }
    )
    print(
        "group {group:3}: {megabytes:.3f} MB, perplexity {ppl:.2f},"
        " KL {kl:.4f}".format(**rows[-1])
    )
print(f"16 bits: perplexity {base_ppl:.2f}")

coarse, medium, fine = (row["kl"] for row in rows)
assert coarse > medium > fine
# Smaller groups cannot win back more than was lost.
assert rows[0]["ppl"] - rows[2]["ppl"] <= rows[0]["ppl"] - base_ppl
# --8<-- [end:main]

print(json.dumps({"rows": rows, "base_ppl": base_ppl}))
