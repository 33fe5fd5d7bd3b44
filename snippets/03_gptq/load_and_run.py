# /// script
# [tool.fourbit]
# tolerance = 0.02
# ///
"""Quantize, store, load the integers back, and generate text."""

import json
import tempfile

# --8<-- [start:main]
from pathlib import Path

import torch
from safetensors.torch import load_file

from fourbit import calibration, tiny
from fourbit.engine import models
from fourbit.engine.recipe import Recipe
from fourbit.engine.walk.job import Job, run

folder = Path(tempfile.mkdtemp()) / "tiny-4bit"
tokenizer = models.load_tokenizer(tiny.MODEL)
tokens = calibration.tokenize(
    tokenizer, tiny.text("docs", "calibration")
)
windows = calibration.windows(tokens, 16, 256)
run(Job(tiny.MODEL, folder, windows, Recipe(bits=4, group_size=64)))

stored = load_file(folder / "model.safetensors")
layer = "model.layers.0.mlp.down_proj"
for part in ("qweight", "qzeros", "scales", "g_idx"):
    tensor = stored[f"{layer}.{part}"]
    print(f"{part:8} {tuple(tensor.shape)} {tensor.dtype}")

loaded = models.load(folder)  # the integers, dequantized
W = loaded.get_submodule(layer).weight.detach()
scale = stored[f"{layer}.scales"].float().repeat_interleave(64, 0)
steps = W.T / scale  # whole numbers, -8 to 7
assert torch.allclose(steps, steps.round(), atol=1e-5)
assert steps.round().min() >= -8 and steps.round().max() <= 7

prompt = "The for statement is used to"
ids = tokenizer(prompt, return_tensors="pt")["input_ids"]
with torch.inference_mode():
    out = loaded.generate(ids, max_new_tokens=24, do_sample=False)
print(tokenizer.decode(out[0]))
# --8<-- [end:main]

print(json.dumps({"tokens": len(out[0])}))
