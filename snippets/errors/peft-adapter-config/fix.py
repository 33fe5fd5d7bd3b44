# /// script
# [tool.fourbit]
# overlays = ["peft"]
# ///
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM

from fourbit.tiny import MODEL

model = AutoModelForCausalLM.from_pretrained(MODEL)
model = get_peft_model(model, LoraConfig(target_modules=["q_proj"]))
# --8<-- [start:fix]
model.save_pretrained("adapter")
base = AutoModelForCausalLM.from_pretrained(MODEL)
model = PeftModel.from_pretrained(base, "adapter")
# --8<-- [end:fix]
# --8<-- [start:check]
import os

files = set(os.listdir("adapter"))
assert {"adapter_config.json", "adapter_model.safetensors"} <= files
# --8<-- [end:check]
