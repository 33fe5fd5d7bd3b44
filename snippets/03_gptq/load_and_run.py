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

from fourbit import calibration, tiny
from fourbit.engine import models
from fourbit.engine.checkpoint import read_state
from fourbit.engine.quantize import (
    Recipe,
    quantize_model,
    write_checkpoint,
)

folder = Path(tempfile.mkdtemp()) / "tiny-4bit"
tokenizer = models.load_tokenizer(tiny.MODEL)
tokens = calibration.tokenize(
    tokenizer, tiny.text("docs", "calibration")
)
recipe = Recipe("gptq", bits=4, group_size=64)
model = models.load(tiny.MODEL)
layers, _ = quantize_model(
    model, calibration.windows(tokens, 16, 256), recipe
)
write_checkpoint(tiny.MODEL, folder, layers, recipe)

for name, tensor in read_state(folder).items():
    if ".0.mlp.down_proj." in name:
        print(
            f"{name.rpartition('.')[2]:8} {tuple(tensor.shape)}"
            f" {str(tensor.dtype).removeprefix('torch.')}"
        )

loaded = models.load(folder)  # the integers, dequantized
for name, layer in layers.items():
    stored = loaded.get_submodule(name).weight.detach().numpy()
    assert (stored == layer.dequantize()).all()

prompt = "The for statement is used to"
ids = tokenizer(prompt, return_tensors="pt")["input_ids"]
with torch.inference_mode():
    out = loaded.generate(ids, max_new_tokens=24, do_sample=False)
print(tokenizer.decode(out[0]))
# --8<-- [end:main]

print(json.dumps({"tokens": len(out[0])}))
