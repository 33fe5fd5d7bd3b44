# /// script
# [tool.fourbit]
# tier = "checked"
# reason = "GPTQModel compiles extensions; a real model needs a GPU"
# api = ["gptqmodel==7.7.0"]
# ///
"""Load a GPTQ checkpoint with GPTQModel and generate."""

# --8<-- [start:load]
from gptqmodel import GPTQModel

# The folder says how it was quantized, and the kernel that fits the
# machine is picked: there is nothing to repeat here.
model = GPTQModel.load("Qwen3-0.6B-gptq")

tokens = model.generate("GPTQ rounds a weight, then", max_new_tokens=32)
print(model.tokenizer.decode(tokens[0]))
# --8<-- [end:load]
