import struct
from pathlib import Path

import xllamacpp

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

convert(MODEL, Path("model.gguf"), "Q8_0")
data = bytearray(Path("model.gguf").read_bytes())
key = b"llama.attention.head_count_kv"
at = data.index(key) + len(key) + 4  # after the type of the value
data[at : at + 4] = struct.pack("<I", 2)  # it has 4
Path("model.gguf").write_bytes(data)
params = xllamacpp.CommonParams()
params.model.path = "model.gguf"
xllamacpp.Server(params)
