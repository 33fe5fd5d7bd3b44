from pathlib import Path

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

convert(MODEL, Path("model.gguf"), "Q8_0")
# --8<-- [start:fix]
from collections import Counter

from fourbit.gguf import header

tensors = header.read(Path("model.gguf")).tensors
print(Counter(one.type.name for one in tensors))
# --8<-- [end:fix]
# --8<-- [start:check]
from fourbit.gguf import libllama

assert libllama.load().open_model(Path("model.gguf"))
# --8<-- [end:check]
