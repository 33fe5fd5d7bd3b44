from pathlib import Path

# --8<-- [start:fix]
from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

convert(MODEL, Path("model.gguf"), "Q8_0")  # again, from the original
# --8<-- [end:fix]
# --8<-- [start:check]
from fourbit.gguf.run import Llama

with Llama(Path("model.gguf")) as model:
    assert model.encode("Hello", True)
# --8<-- [end:check]
