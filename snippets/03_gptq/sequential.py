# /// script
# [tool.fourbit]
# tolerance = 0.02
# ///
"""Quantizing a layer changes what the next one should expect."""

import json

# --8<-- [start:main]
import numpy as np
import torch

from fourbit import calibration, tiny
from fourbit.engine import models
from fourbit.gptq import gptq, hessian, relative_error
from fourbit.grid import quantize_rtn

model = models.load(tiny.MODEL)
tokenizer = models.load_tokenizer(tiny.MODEL)
tokens = calibration.tokenize(
    tokenizer, tiny.text("docs", "calibration")
)
windows = torch.from_numpy(calibration.windows(tokens, 16, 256))


def inputs(layer):  # (tokens, d_in) as the model is now
    seen = []
    hook = layer.register_forward_pre_hook(
        lambda _, x: seen.append(x[0].flatten(0, 1))
    )
    with torch.inference_mode():
        model(windows)
    hook.remove()
    return torch.cat(seen).numpy()


last = model.model.layers[3].mlp.down_proj
original = hessian(inputs(last))
with torch.no_grad():
    for block in model.model.layers[:3]:  # quantize all before it
        for layer in (
            m for m in block.modules() if isinstance(m, torch.nn.Linear)
        ):
            W = layer.weight.numpy()
            layer.weight.copy_(
                torch.from_numpy(quantize_rtn(W, 2, 64).dequantize())
            )
actual = hessian(inputs(last))
drift = np.linalg.norm(actual - original) / np.linalg.norm(original)
print(f"the Hessian has moved by {drift:.0%}")

W = last.weight.detach().numpy()
stale, fresh = (
    relative_error(W, gptq(W, H, 4, 64).dequantize(), actual)
    for H in (original, actual)
)
print(f"calibrated before {stale:.3%}, after {fresh:.3%}")
assert drift > 0.05 and fresh < stale
# --8<-- [end:main]

print(json.dumps({"drift": drift, "stale": stale, "fresh": fresh}))
