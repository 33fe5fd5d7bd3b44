from pathlib import Path

import xllamacpp

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

convert(MODEL, Path("model.gguf"), "Q8_0")
data = Path("model.gguf").read_bytes()
lost = data.replace(b"llama.context_length", b"other.context_length")
Path("model.gguf").write_bytes(lost)
params = xllamacpp.CommonParams()
params.model.path = "model.gguf"
xllamacpp.Server(params)
