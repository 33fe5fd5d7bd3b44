from pathlib import Path

from fourbit.gguf import header
from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

convert(MODEL, Path("model.gguf"), "Q8_0")


# --8<-- [start:fix]
def size_needed(file):
    """Bytes a complete file has at least."""
    found = header.read(Path(file))
    last = max(found.tensors, key=lambda tensor: tensor.offset)
    rows = 1
    for size in last.shape[:-1]:
        rows *= size
    end = last.offset + rows * last.type.row_bytes(last.shape[-1])
    return found.data_start + end
    # --8<-- [end:fix]


# --8<-- [start:check]
assert Path("model.gguf").stat().st_size >= size_needed("model.gguf")
# --8<-- [end:check]
