# /// script
# [tool.fourbit]
# timeout = 60
# ///
from pathlib import Path

from fourbit.gguf import libllama
from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

path = Path("model.gguf")
convert(MODEL, path, "Q8_0")
# --8<-- [start:fix]
llama = libllama.load()
model = llama.open_model(path)
context = llama.open_context(path, model, 512, 512, 1)
# --8<-- [end:fix]
# --8<-- [start:check]
assert llama.n_ctx(context) == 512
# --8<-- [end:check]
