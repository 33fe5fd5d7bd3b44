from pathlib import Path

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

convert(MODEL, Path("model.gguf"), "Q8_0")
# --8<-- [start:fix]
from fourbit.gguf import header

found = header.read(Path("model.gguf")).metadata
print("architecture:", found["general.architecture"])
# --8<-- [end:fix]
# --8<-- [start:check]
assert found["general.architecture"] == "llama"
from fourbit.gguf.run import Llama

with Llama(Path("model.gguf")) as model:
    assert model.encode("Hello", True)
# --8<-- [end:check]
