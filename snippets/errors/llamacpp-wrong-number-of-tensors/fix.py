from pathlib import Path

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

# --8<-- [start:fix]
convert(MODEL, Path("model.gguf"), "Q8_0")  # or the new converter
# --8<-- [end:fix]
# --8<-- [start:check]
from fourbit.gguf import header

found = header.read(Path("model.gguf"))
names = [tensor.name.split(".") for tensor in found.tensors]
layers = {name[1] for name in names if name[0] == "blk"}
assert len(layers) == found.metadata["llama.block_count"]
# --8<-- [end:check]
