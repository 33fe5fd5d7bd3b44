# /// script
# [tool.fourbit]
# overlays = ["peft"]
# ///
# --8<-- [start:fix]
from transformers import AutoModelForCausalLM, BitsAndBytesConfig

from fourbit.tiny import MODEL

model = AutoModelForCausalLM.from_pretrained(
    MODEL, quantization_config=BitsAndBytesConfig(load_in_8bit=True)
)
# --8<-- [end:fix]
# --8<-- [start:check]
import torch

weight = model.model.layers[0].mlp.up_proj.weight
assert weight.dtype == torch.int8
# --8<-- [end:check]
