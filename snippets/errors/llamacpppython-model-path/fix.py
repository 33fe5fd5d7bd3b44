# /// script
# [tool.fourbit]
# tier = "recorded"
# reason = "llama-cpp-python comes as source and has to be compiled"
# needs = ["llama_cpp"]
# ///
from pathlib import Path

from llama_cpp import Llama

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

convert(MODEL, Path("model.gguf"), "Q8_0")
# --8<-- [start:fix]
path = Path("model.gguf").expanduser().resolve()
llama = Llama(str(path), verbose=False)
# --8<-- [end:fix]
# --8<-- [start:check]
assert path.is_file() and llama.n_ctx() > 0
# --8<-- [end:check]
