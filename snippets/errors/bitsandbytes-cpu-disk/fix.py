# /// script
# [tool.fourbit]
# overlays = ["peft"]
# ///
from transformers import AutoModelForCausalLM, BitsAndBytesConfig

from fourbit.tiny import MODEL

# --8<-- [start:fix]
model = AutoModelForCausalLM.from_pretrained(
    MODEL,
    quantization_config=BitsAndBytesConfig(load_in_4bit=True),
    device_map={"": "cpu"},
)
# --8<-- [end:fix]
# --8<-- [start:check]
places = {weight.device.type for weight in model.parameters()}
assert places == {"cpu"}
# --8<-- [end:check]
