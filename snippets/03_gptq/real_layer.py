# /// script
# [tool.fourbit]
# tolerance = 0.02
# ///
"""A real layer: its weights, and the inputs that text sends to it."""

import json

# --8<-- [start:main]
import numpy as np
import torch

from fourbit import calibration, tiny
from fourbit.engine import models

name = "model.layers.0.mlp.down_proj"
model = models.load(tiny.MODEL)
layer = model.get_submodule(name)
tokenizer = models.load_tokenizer(tiny.MODEL)
tokens = calibration.tokenize(
    tokenizer, tiny.text("docs", "calibration")
)

inputs = []
layer.register_forward_pre_hook(lambda _, x: inputs.append(x[0][0]))
with torch.inference_mode():  # a forward pass, no gradients
    for window in calibration.windows(tokens, n=32, length=256):
        model(torch.from_numpy(window)[None])

W = layer.weight.detach().numpy()  # (d_out, d_in)
X = torch.cat(inputs).numpy()  # (tokens, d_in)
print(f"W {W.shape}, X {X.shape}: outputs are X @ W.T")
# --8<-- [end:main]

same_W, same_X = tiny.layer(name, "docs", tokens=8192)
assert np.array_equal(W, same_W) and np.array_equal(X, same_X)
print(
    json.dumps(
        {"tokens": len(X), "d_in": W.shape[1], "d_out": W.shape[0]}
    )
)
