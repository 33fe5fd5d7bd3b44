from pathlib import Path

from transformers import AutoModelForCausalLM

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

convert(MODEL, Path("model.gguf"), "Q8_0")
AutoModelForCausalLM.from_pretrained("./some/folder/model.gguf")
