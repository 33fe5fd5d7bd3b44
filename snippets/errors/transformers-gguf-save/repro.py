import os
from pathlib import Path

from transformers import AutoModelForCausalLM

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

os.mkdir("folder")
convert(MODEL, Path("folder/model.gguf"), "Q8_0")
model = AutoModelForCausalLM.from_pretrained(
    "folder", gguf_file="model.gguf"
)
model.save_pretrained("saved")
