from pathlib import Path

import xllamacpp

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

convert(MODEL, Path("model.gguf"), "Q8_0")
import struct

key = b"tokenizer.ggml.pre" + struct.pack("<I", 8)  # a string
name = struct.pack("<Q", 5)  # of 5 bytes
file = Path("model.gguf")
data = file.read_bytes()
assert key + name + b"gpt-2" in data
data = data.replace(key + name + b"gpt-2", key + name + b"gpt-9")
file.write_bytes(data)
params = xllamacpp.CommonParams()
params.model.path = "model.gguf"
xllamacpp.Server(params)
