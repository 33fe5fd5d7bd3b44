from pathlib import Path

import xllamacpp

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

convert(MODEL, Path("model.gguf"), "Q8_0")
data = bytearray(Path("model.gguf").read_bytes())
data[4] = 1  # the version, after the magic
Path("model.gguf").write_bytes(data)
params = xllamacpp.CommonParams()
params.model.path = "model.gguf"
xllamacpp.Server(params)
