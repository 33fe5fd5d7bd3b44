from pathlib import Path

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

# --8<-- [start:fix]
convert(MODEL, Path("model.gguf"), "Q8_0")  # or the new script
# --8<-- [end:fix]
# --8<-- [start:check]
from fourbit.gguf import header

found = header.read(Path("model.gguf")).metadata
assert len(found["tokenizer.ggml.merges"]) > 0
# --8<-- [end:check]
