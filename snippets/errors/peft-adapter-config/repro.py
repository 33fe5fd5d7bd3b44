# /// script
# [tool.fourbit]
# overlays = ["peft"]
# ///
import os

from peft import PeftModel
from transformers import AutoModelForCausalLM

from fourbit.tiny import MODEL

os.mkdir("adapter")
model = AutoModelForCausalLM.from_pretrained(MODEL)
PeftModel.from_pretrained(model, "adapter")
