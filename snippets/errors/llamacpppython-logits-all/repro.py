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
llama = Llama("model.gguf", verbose=False)
llama("The", max_tokens=1, logprobs=1)
