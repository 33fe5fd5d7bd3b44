"""Bytes of a cache: by formula, as arrays, in llama.cpp's log."""

import json

# --8<-- [start:main]
import re
import tempfile
from pathlib import Path

import torch
from llama import cached, log
from transformers import DynamicCache

from fourbit import tiny
from fourbit.engine import models
from fourbit.gguf.convert import convert


def per_token(layers, heads, width, bits=16):
    """Bytes of a token; the 2 is for its key and its value."""
    return 2 * layers * heads * width * bits / 8


tokens, of_token = 300, per_token(4, 4, 64)  # the shape of tiny
formula = of_token * tokens

model, cache = models.load(tiny.MODEL).bfloat16(), DynamicCache()
with torch.inference_mode():
    model(torch.arange(tokens)[None], past_key_values=cache)
arrays = [a for one in cache.layers for a in (one.keys, one.values)]
print("one array:", tuple(arrays[0].shape), arrays[0].dtype)
held = sum(array.nbytes for array in arrays)

with tempfile.TemporaryDirectory() as folder:
    convert(tiny.MODEL, file := Path(folder, "tiny.gguf"), "F16")
    cached(file, tokens).close()
said = next(line for line in log if re.search("kv_cache: size", line))
print(re.sub(" +", " ", said.strip()))
mib, cells = re.search(r"size = *([\d.]+) MiB \( *(\d+)", said).groups()
print(f"{tokens} tokens: formula {formula:,.0f}, arrays {held:,}")
print(f"{cells} cells: formula {of_token * int(cells) / 2**20} MiB")
# --8<-- [end:main]
assert formula == held
assert of_token * int(cells) == float(mib) * 2**20
assert int(cells) == -(-tokens // 256) * 256
assert per_token(32, 8, 128) == 131072  # Llama-3.1-8B
found = {"token": of_token, "bytes": held, "cells": int(cells)}
print(json.dumps(found | {"llama": per_token(32, 8, 128)}))
