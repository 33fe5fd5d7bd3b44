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
llama = Llama("model.gguf", logits_all=True, verbose=False)
answer = llama("The", max_tokens=1, logprobs=1)
# --8<-- [end:fix]
# --8<-- [start:check]
assert len(answer["choices"][0]["logprobs"]["tokens"]) == 1
# --8<-- [end:check]
