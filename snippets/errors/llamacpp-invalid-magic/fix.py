from pathlib import Path

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

convert(MODEL, Path("model.gguf"), "Q8_0")  # the right file
# --8<-- [start:fix]
assert Path("model.gguf").read_bytes()[:4] == b"GGUF"
# --8<-- [end:fix]
# --8<-- [start:check]
from fourbit.gguf.run import Llama

with Llama(Path("model.gguf")) as model:
    assert model.encode("Hello", True)
# --8<-- [end:check]
