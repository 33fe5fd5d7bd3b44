from pathlib import Path

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

# --8<-- [start:fix]
convert(MODEL, Path("model.gguf"), "Q8_0")  # a new file
# --8<-- [end:fix]
# --8<-- [start:check]
assert Path("model.gguf").read_bytes()[4] == 3
# --8<-- [end:check]
