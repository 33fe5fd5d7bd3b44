import os
from pathlib import Path

from transformers import AutoModelForCausalLM

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

os.mkdir("folder")
convert(MODEL, Path("folder/model.gguf"), "Q8_0")
AutoModelForCausalLM.from_pretrained(
    "folder",
    gguf_file="model.gguf",
    device_map={"model": "disk", "lm_head": "cpu"},
    offload_folder="offload",
)
