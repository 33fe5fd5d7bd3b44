import os
from pathlib import Path

from transformers import AutoModelForCausalLM

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

os.mkdir("folder")
convert(MODEL, Path("folder/model.gguf"), "Q8_0")
# --8<-- [start:fix]
model = AutoModelForCausalLM.from_pretrained(
    "folder", gguf_file="model.gguf", device_map="cpu"
)
# --8<-- [end:fix]
# --8<-- [start:check]
assert model.device.type == "cpu"
# --8<-- [end:check]
