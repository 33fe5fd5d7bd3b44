from pathlib import Path

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

convert(MODEL, Path("model.gguf"), "Q8_0")
# --8<-- [start:fix]
from collections import Counter

from fourbit.gguf import header

names = [one.name for one in header.read(Path("model.gguf")).tensors]
layers = [name.split(".") for name in names if name[:4] == "blk."]
count = Counter(number for _, number, *_ in layers)
print(count, [name for name in names if name[:4] != "blk."])
# --8<-- [end:fix]
# --8<-- [start:check]
assert len(set(count.values())) == 1 and "output_norm.weight" in names
# --8<-- [end:check]
