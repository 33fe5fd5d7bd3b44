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
llama = Llama("model.gguf", n_ctx=512, verbose=False)
answer = llama("the cat " * 100, max_tokens=4)
# --8<-- [end:fix]
# --8<-- [start:check]
assert answer["usage"]["prompt_tokens"] > 256
# --8<-- [end:check]
