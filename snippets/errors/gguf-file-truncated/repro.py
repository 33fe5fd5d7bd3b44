from pathlib import Path

import gguf

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

convert(MODEL, Path("model.gguf"), "Q8_0")
data = Path("model.gguf").read_bytes()
Path("model.gguf").write_bytes(data[: len(data) // 2])
gguf.GGUFReader("model.gguf")
