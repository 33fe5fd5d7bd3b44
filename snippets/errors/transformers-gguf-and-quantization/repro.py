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
AutoModelForCausalLM.from_pretrained(
    "folder",
    gguf_file="model.gguf",
    quantization_config=BitsAndBytesConfig(load_in_4bit=True),
)
