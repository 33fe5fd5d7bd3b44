# /// script
# [tool.fourbit]
# timeout = 600
# tolerance = 0.02
# ///
"""Where more bits buy most: measured by layer, not guessed."""

import json

# --8<-- [start:main]
import torch

from fourbit import calibration, tiny
from fourbit.engine import models
from fourbit.engine.checkpoint.gptq import stored_bytes
from fourbit.engine.evaluate import cut, evaluate
from fourbit.engine.walk.skeleton import quantizable
from fourbit.grid import quantize_rtn

tokenizer = models.load_tokenizer(tiny.MODEL)
text = tiny.text("docs", "evaluation")
unseen = cut(calibration.tokenize(tokenizer, text), 256)[:16]
base = models.load(tiny.MODEL)

POLICIES = {  # which layers get 8 bits instead of 4
    "none": (),
    "first and last block": ("layers.0.", "layers.3."),
    "value projections": ("v_proj",),
    "down projections": ("down_proj",),
    "query and key": ("q_proj", "k_proj"),
}
rows = []
for policy, wide in POLICIES.items():
    model = models.load(tiny.MODEL)
    size = weights = 0
    with torch.no_grad():
        for name, layer in quantizable(model).items():
            bits = 8 if any(part in name for part in wide) else 4
            W = layer.weight.numpy()
            V = quantize_rtn(W, bits, 64).dequantize()
            layer.weight.copy_(torch.from_numpy(V))
            size += stored_bytes(W.shape, bits, 64)
            weights += W.size
    result = evaluate(model, unseen, base)
    rows.append(
        {
            "policy": policy,
            "bits_per_weight": 8 * size / weights,
            "kl": result.kl.value,
            "ppl": result.perplexity.value,
        }
    )
none = rows[0]
for row in rows:
    extra = row["bits_per_weight"] - none["bits_per_weight"]
    row["gain"] = (none["kl"] - row["kl"]) / extra if extra else None
    print(
        "{policy:21} {bits_per_weight:.3f} bits, KL {kl:.4f}".format(
            **row
        ),
        "" if not extra else f"gain per bit {row['gain']:.4f}",
    )

gains = {row["policy"]: row["gain"] for row in rows[1:]}
assert all(gain > 0 for gain in gains.values())
assert max(gains.values()) > 5 * min(gains.values())  # so measure
# --8<-- [end:main]

print(json.dumps({"rows": rows, "best": max(gains, key=gains.get)}))
