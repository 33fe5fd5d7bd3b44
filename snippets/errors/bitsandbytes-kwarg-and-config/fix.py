# /// script
# [tool.fourbit]
# overlays = ["peft"]
# ///
# --8<-- [start:fix]
from transformers import AutoModelForCausalLM, BitsAndBytesConfig

from fourbit.tiny import MODEL

model = AutoModelForCausalLM.from_pretrained(
    MODEL, quantization_config=BitsAndBytesConfig(load_in_4bit=True)
)
# --8<-- [end:fix]
# --8<-- [start:check]
assert model.is_loaded_in_4bit
# --8<-- [end:check]
