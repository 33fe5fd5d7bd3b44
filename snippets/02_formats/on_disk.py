"""Predicted bytes against os.path.getsize, in both containers."""

import json

# --8<-- [start:main]
import os
import tempfile

import gguf
import libgguf
import numpy as np
import torch
from safetensors.torch import save_file

from fourbit.engine.checkpoint.gptq import tensors
from fourbit.gguf.types import TYPES
from fourbit.grid import quantize_rtn

W = np.random.default_rng(0).random((1024, 1024), np.float32)
folder = tempfile.mkdtemp()


def in_safetensors(parts):
    file = f"{folder}/one.safetensors"
    save_file({f"layer.{name}": t for name, t in parts.items()}, file)
    return os.path.getsize(file)


def in_gguf(kind):
    file = f"{folder}/one.gguf"
    writer = gguf.GGUFWriter(file, "llama")
    data = libgguf.quantize_rows(W, TYPES[kind].id)
    writer.add_tensor("layer.weight", data, raw_dtype=TYPES[kind].id)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    return os.path.getsize(file)


fp8 = {  # a code of 8 bits each, and a scale for each row
    "weight": torch.from_numpy(W).to(torch.float8_e4m3fn),
    "scale": torch.ones(1024, 1),
}
gptq = tensors(quantize_rtn(W, 4, 128), "gptq_v2")
files = {  # bits per weight, and the size of a file with one layer
    "GPTQ": (4 + 20 / 128 + 32 / 1024, in_safetensors(gptq)),
    "FP8": (8 + 32 / 1024, in_safetensors(fp8)),
    "Q4_0": (4.5, in_gguf("Q4_0")),
    "Q4_K": (4.5, in_gguf("Q4_K")),
    "Q8_0": (8.5, in_gguf("Q8_0")),
    "MXFP4": (4.25, in_gguf("MXFP4")),
}
rows = []
for name, (bits, size) in files.items():
    predicted = round(bits * W.size / 8)
    row = {"format": name, "bits": bits, "predicted": predicted}
    rows.append(row | {"file": size, "header": size - predicted})
    assert 0 < size - predicted < 500  # names, shapes, offsets
# --8<-- [end:main]
print(json.dumps({"rows": rows}))
