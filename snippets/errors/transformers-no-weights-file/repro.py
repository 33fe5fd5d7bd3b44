import os
import shutil

from transformers import AutoModelForCausalLM

from fourbit.tiny import MODEL

os.mkdir("model")
shutil.copy(MODEL / "config.json", "model")
AutoModelForCausalLM.from_pretrained("model")
