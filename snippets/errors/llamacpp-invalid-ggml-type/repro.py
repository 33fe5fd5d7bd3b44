from pathlib import Path

import xllamacpp

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

convert(MODEL, Path("model.gguf"), "Q8_0")
import struct

name = b"blk.0.attn_k.weight"
data = bytearray(Path("model.gguf").read_bytes())
at = data.index(name) + len(name) + 4 + 2 * 8  # after the shape
data[at : at + 4] = struct.pack("<I", 152)
Path("model.gguf").write_bytes(data)
params = xllamacpp.CommonParams()
params.model.path = "model.gguf"
xllamacpp.Server(params)
