from pathlib import Path

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

# --8<-- [start:fix]
convert(MODEL, Path("model.gguf"), "Q8_0")  # or the new converter
# --8<-- [end:fix]
# --8<-- [start:check]
from fourbit.gguf import header

found = header.read(Path("model.gguf"))
heads = found.metadata["llama.attention.head_count_kv"]
width = found.metadata["llama.attention.key_length"]
shapes = {one.name: one.shape for one in found.tensors}
assert shapes["blk.0.attn_k.weight"][0] == heads * width
# --8<-- [end:check]
