from pathlib import Path

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

convert(MODEL, Path("model.gguf"), "Q8_0")
# --8<-- [start:fix]
import gguf

known = {one.name: one.value for one in gguf.GGMLQuantizationType}
print("newest type:", max(known, key=known.get))
# --8<-- [end:fix]
# --8<-- [start:check]
reader = gguf.GGUFReader("model.gguf")
assert {one.tensor_type.name for one in reader.tensors} <= set(known)
# --8<-- [end:check]
