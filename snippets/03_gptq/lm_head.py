# /// script
# [tool.fourbit]
# timeout = 300
# tolerance = 0.02
# ///
"""Head and embedding: not a taboo, a trade like any other."""

import json

# --8<-- [start:main]
import torch

from fourbit import calibration, tiny
from fourbit.engine import models
from fourbit.engine.checkpoint.gptq import stored_bytes
from fourbit.engine.evaluate import cut, evaluate
from fourbit.grid import quantize_rtn

tokenizer = models.load_tokenizer(tiny.MODEL)
text = tiny.text("docs", "evaluation")
unseen = cut(calibration.tokenize(tokenizer, text), 256)[:16]
base = models.load(tiny.MODEL)

rows = []
for part, name in [
    ("LM head", "lm_head"),
    ("embedding", "model.embed_tokens"),
]:
    for bits in (8, 4, 3):
        model = models.load(tiny.MODEL)
        weight = model.get_submodule(name).weight
        W = weight.detach().numpy()
        V = quantize_rtn(W, bits, 64).dequantize()
        with torch.no_grad():
            weight.copy_(torch.from_numpy(V))
        rows.append(
            {
                "part": part,
                "bits": bits,
                "megabytes": stored_bytes(W.shape, bits, 64) / 1e6,
                "kl": evaluate(model, unseen, base).kl.value,
            }
        )
        print(
            "{part:9} {bits} bits {megabytes:.2f} MB"
            " KL {kl:.5f}".format(**rows[-1])
        )
print(f"at 16 bits each takes {W.size * 2 / 1e6:.2f} MB")

head, embedding = rows[:3], rows[3:]
for part in (head, embedding):
    assert part[0]["kl"] < 1e-3  # 8 bits: invisible
    assert part[0]["kl"] < part[1]["kl"] < part[2]["kl"]
# --8<-- [end:main]

print(json.dumps({"rows": rows, "megabytes16": W.size * 2 / 1e6}))
