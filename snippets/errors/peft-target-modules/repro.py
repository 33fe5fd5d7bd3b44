# /// script
# [tool.fourbit]
# overlays = ["peft"]
# ///
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

from fourbit.tiny import MODEL

model = AutoModelForCausalLM.from_pretrained(MODEL)
config = LoraConfig(target_modules=["query_key_value"])
get_peft_model(model, config)
