# /// script
# [tool.fourbit]
# needs = ["gguf", "libgguf", "xllamacpp"]
# tolerance = 0.5
# ///
"""A GPTQ checkpoint as a GGUF file: equal weights, unequal logits."""

import json
import subprocess
import tempfile
from pathlib import Path

# --8<-- [start:weights]
import gguf
import numpy as np

from fourbit.engine import models
from fourbit.gguf.repack import repack

out = Path(tempfile.mkdtemp())
checkpoint, file = out / "gptq", out / "tiny.gguf"
command = "fourbit quantize tiny --windows 4 --effort fast --no-gate"
command = [*command.split(), "--out", checkpoint]
subprocess.run(command, capture_output=True, check=True)
report = repack(checkpoint, file)  # reads it back and compares
print(report.count(), f"{report.verified:,} weights compared")

model = models.load(checkpoint)  # transformers, dequantized
W = model.model.layers[0].mlp.down_proj.weight.data.numpy()
tensors = {t.name: t for t in gguf.GGUFReader(file).tensors}
down = tensors["blk.0.ffn_down.weight"]
read = gguf.dequantize(down.data, down.tensor_type)  # not our code
assert np.array_equal(read.view(np.uint32), W.view(np.uint32))
# --8<-- [end:weights]

# --8<-- [start:logits]
from fourbit import tiny
from fourbit.calibration.cut import tokenize
from fourbit.engine.evaluate import cut, evaluate
from fourbit.engine.llamacpp import Gguf
from fourbit.gguf.convert import convert

convert(checkpoint, out / "tiny-f32.gguf", "F32")  # the same weights
ids = tokenize(models.load_tokenizer(checkpoint), tiny.text("docs"))
windows, kl = cut(ids, 256)[:2], {}
for name in ("tiny-f32", "tiny"):
    runs = Gguf(out / f"{name}.gguf", 256)
    kl[name] = evaluate(runs, windows, model).kl.value


def in_8_bits(_, inputs):  # as llama.cpp's kernels take them
    x = inputs[0].unflatten(-1, (-1, 32))  # blocks of 32 inputs
    d = x.abs().amax(-1, keepdim=True) / 127
    return ((x / d).round() * d.half()).flatten(-2)


rounded = models.load(checkpoint)
for layer in rounded.model.layers.modules():
    if type(layer).__name__ == "Linear":
        layer.register_forward_pre_hook(in_8_bits)
kl["in_8_bits"] = evaluate(rounded, windows, model).kl.value
for name, value in kl.items():
    print(f"{name:10} KL from the checkpoint {value:.1e}")
assert kl["tiny-f32"] < kl["tiny"] / 100
assert 0.8 < kl["in_8_bits"] / kl["tiny"] < 1.25
# --8<-- [end:logits]
result = {"count": report.count(), "verified": report.verified}
print(json.dumps(result | {"kl": kl}))
