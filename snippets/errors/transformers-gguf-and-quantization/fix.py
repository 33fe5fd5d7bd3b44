# /// script
# [tool.fourbit]
# overlays = ["peft"]
# ///
import os
from pathlib import Path

from transformers import AutoModelForCausalLM, BitsAndBytesConfig

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

os.mkdir("folder")
convert(MODEL, Path("folder/model.gguf"), "Q8_0")
# --8<-- [start:fix]
model = AutoModelForCausalLM.from_pretrained(
    "folder", gguf_file="model.gguf"
)
model.hf_quantizer = None
del model.config.quantization_config
model.save_pretrained("plain")
model = AutoModelForCausalLM.from_pretrained(
    "plain",
    quantization_config=BitsAndBytesConfig(load_in_4bit=True),
)
# --8<-- [end:fix]
# --8<-- [start:check]
assert model.is_loaded_in_4bit
# --8<-- [end:check]
