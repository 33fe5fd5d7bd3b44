# /// script
# [tool.fourbit]
# tolerance = 0.02
# ///
"""Pad tokens are calibration data; full windows bring more text."""

import json

# --8<-- [start:main]
import torch

from fourbit import calibration, tiny
from fourbit.engine import models
from fourbit.gptq import gptq, hessian, relative_error

model = models.load(tiny.MODEL)
tokenizer = models.load_tokenizer(tiny.MODEL)
layer = model.model.layers[0].mlp.down_proj
W = layer.weight.detach().numpy()


def inputs(windows):  # (tokens, d_in), pads included
    seen = []
    hook = layer.register_forward_pre_hook(
        lambda _, x: seen.append(x[0].flatten(0, 1))
    )
    with torch.inference_mode():
        model(torch.from_numpy(windows))
    hook.remove()
    return torch.cat(seen).numpy()


tokens = calibration.tokenize(
    tokenizer, tiny.text("docs", "calibration")
)
full = calibration.windows(tokens, 16, 256)  # 4,096 real tokens
padded = full.copy()
padded[:, 64:] = tokenizer.eos_token_id  # 1,024 real, 3,072 pads

test = hessian(tiny.layer(split="evaluation")[1])
errors = {}
for name, windows in [
    ("full windows", full),
    ("padded", padded),
    ("pads cut off", full[:, :64]),
]:
    H = hessian(inputs(windows))
    V = gptq(W, H, 4, 64).dequantize()
    errors[name] = relative_error(W, V, test)
    print(f"{name:12} {windows.size:5} positions {errors[name]:.3%}")

assert errors["full windows"] < errors["padded"]
assert errors["full windows"] < errors["pads cut off"]
# --8<-- [end:main]

print(json.dumps({k.split()[0]: v for k, v in errors.items()}))
