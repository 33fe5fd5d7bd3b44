# /// script
# [tool.fourbit]
# overlays = ["peft"]
# ///
from transformers import AutoModelForCausalLM

from fourbit.tiny import MODEL

model = AutoModelForCausalLM.from_pretrained(MODEL)
# --8<-- [start:fix]
from peft import LoraConfig, get_peft_model

config = LoraConfig(target_modules="all-linear", task_type="CAUSAL_LM")
model = get_peft_model(model, config)
# --8<-- [end:fix]
# --8<-- [start:check]
names = {one.split(".")[-1] for one in model.targeted_module_names}
assert {"q_proj", "down_proj"} <= names and "lm_head" not in names
# --8<-- [end:check]
