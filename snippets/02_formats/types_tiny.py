# /// script
# [tool.fourbit]
# timeout = 600
# tolerance = 0.02
# ///
"""The tiny model in every type of GGUF: size, KL, perplexity."""

import json

# --8<-- [start:main]
import libgguf
import torch

from fourbit import calibration, tiny
from fourbit.engine import models
from fourbit.engine.evaluate import cut, evaluate
from fourbit.gguf.types import TYPES

tokenizer = models.load_tokenizer(tiny.MODEL)
text = calibration.tokenize(tokenizer, tiny.text("docs"))
unseen = cut(text, 256)[:12]
original = models.load(tiny.MODEL)

NAMES = "Q8_0 Q6_K Q5_1 Q5_0 Q5_K Q4_1 Q4_0 Q4_K IQ4_NL MXFP4 IQ4_XS"
NAMES += " IQ3_S Q3_K Q2_K"
rows = []
for name in NAMES.split():
    model, size, count = models.load(tiny.MODEL), 0, 0
    for weights in model.parameters():
        if weights.ndim == 2:  # all matrices; norms stay as they are
            W = weights.detach().float().numpy()
            data = libgguf.quantize_rows(W, TYPES[name].id)
            V = libgguf.dequantize_rows(data, TYPES[name].id)
            weights.data = torch.from_numpy(V)
            size, count = size + data.nbytes, count + W.size
    assert 8 * size / count == TYPES[name].bits
    result = evaluate(model, unseen, original)
    row = {"type": name, "bits": TYPES[name].bits, "bytes": size}
    row |= {"kl": result.kl.value, "top1": result.top1.value}
    rows.append(row | {"perplexity": result.perplexity.value})
    print(
        "{type:6} {bits:6.4f} bits: KL {kl:.5f}, same top token"
        " {top1:.1%}, perplexity {perplexity:.3f}".format(**rows[-1]),
    )
# --8<-- [end:main]

kl = {row["type"]: row["kl"] for row in rows}
assert kl["Q4_K"] < kl["Q4_0"]  # the same bytes
order = [kl[f"Q{n}_K"] for n in (6, 5, 4, 3, 2)]
assert order == sorted(order)
base = evaluate(original, unseen).perplexity.value
print(json.dumps({"rows": rows, "perplexity": base}))
