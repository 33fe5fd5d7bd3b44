from pathlib import Path

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

convert(MODEL, Path("model.gguf"), "Q8_0")
# --8<-- [start:fix]
import struct

with open("model.gguf", "rb") as file:
    magic, version = struct.unpack("<4sI", file.read(8))
print(magic, version)
# --8<-- [end:fix]
# --8<-- [start:check]
import gguf

assert version in (2, 3) and gguf.GGUFReader("model.gguf").tensors
# --8<-- [end:check]
