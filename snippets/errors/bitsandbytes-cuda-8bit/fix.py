# /// script
# [tool.fourbit]
# overlays = ["peft"]
# ///
# --8<-- [start:fix]
import torch
from transformers import AutoModelForCausalLM, BitsAndBytesConfig

from fourbit.tiny import MODEL

place = 0 if torch.cuda.is_available() else "cpu"
model = AutoModelForCausalLM.from_pretrained(
    MODEL,
    device_map={"": place},
    quantization_config=BitsAndBytesConfig(load_in_8bit=True),
)
# --8<-- [end:fix]
# --8<-- [start:check]
assert model.device == torch.device(place)
# --8<-- [end:check]
