# /// script
# [tool.fourbit]
# timeout = 900
# tolerance = 0.02
# ///
"""The tiny model at 2, 3, 4 and 8 bits: rounding against GPTQ."""

import json

from fourbit import calibration, tiny
from fourbit.engine import models
from fourbit.engine.checkpoint.gptq import stored_bytes
from fourbit.engine.evaluate import cut, evaluate
from fourbit.engine.recipe import Recipe
from fourbit.engine.walk.skeleton import quantizable
from fourbit.engine.walk.walk import quantize_model

tokenizer = models.load_tokenizer(tiny.MODEL)
tokens = {
    split: calibration.tokenize(tokenizer, tiny.text("docs", split))
    for split in ("calibration", "evaluation")
}
windows = calibration.windows(tokens["calibration"], 16, 256)
unseen = cut(tokens["evaluation"], 256)[:24]
base = models.load(tiny.MODEL)


def measure(method, bits, group):
    model = models.load(tiny.MODEL)
    recipe = Recipe(method, bits, group, order="none", effort="fast")
    quantize_model(model, windows, recipe)
    result = evaluate(model, unseen, base)
    return {"ppl": result.perplexity.value, "kl": result.kl.value}


shapes = [
    (m.out_features, m.in_features) for m in quantizable(base).values()
]
weights = sum(d_out * d_in for d_out, d_in in shapes)
grid = [
    (8, 64),
    (4, 256),
    (4, 128),
    (4, 64),
    (4, 32),
    (3, 128),
    (3, 64),
    (3, 32),
    (2, 64),
    (2, 32),
]
rows = []
print(" bits group bits/weight  rounding: ppl    KL   GPTQ: ppl    KL")
for bits, group in grid:
    size = sum(stored_bytes(s, bits, group) for s in shapes)
    rtn, ours = (measure(m, bits, group) for m in ("rtn", "gptq"))
    rows.append(
        {
            "bits": bits,
            "group": group,
            "bpw": 8 * size / weights,
            "megabytes": size / 1e6,
            "rtn_ppl": rtn["ppl"],
            "rtn_kl": rtn["kl"],
            "gptq_ppl": ours["ppl"],
            "gptq_kl": ours["kl"],
        }
    )
    print(
        "{bits:5} {group:5} {bpw:11.3f} {rtn_ppl:14.2f} {rtn_kl:6.4f}"
        " {gptq_ppl:10.2f} {gptq_kl:6.4f}".format(**rows[-1])
    )
base_ppl = evaluate(base, unseen).perplexity.value
print(f"16 bits: perplexity {base_ppl:.2f}")

kl = {
    (r["bits"], r["group"]): (r["rtn_kl"], r["gptq_kl"]) for r in rows
}
assert all(gptq < rtn for rtn, gptq in kl.values())
assert kl[8, 64][0] < 1e-3  # invisible
assert kl[3, 64][0] > 3 * kl[4, 64][0]  # bad
assert kl[2, 64][0] > 3 * kl[3, 64][0]  # broken
assert kl[3, 64][1] / kl[4, 64][1] > kl[4, 128][1] / kl[4, 64][1]
print(
    json.dumps({"rows": rows, "base_ppl": base_ppl, "weights": weights})
)
