# /// script
# [tool.fourbit]
# overlays = ["peft"]
# ///
from transformers import AutoModelForCausalLM, BitsAndBytesConfig

from fourbit.tiny import MODEL

model = AutoModelForCausalLM.from_pretrained(
    MODEL, quantization_config=BitsAndBytesConfig(load_in_4bit=True)
)
# --8<-- [start:fix]
model = model.dequantize()
model.half()
# --8<-- [end:fix]
# --8<-- [start:check]
import torch

assert model.lm_head.weight.dtype == torch.float16
layer = model.model.layers[0].mlp.up_proj
assert type(layer) is torch.nn.Linear
# --8<-- [end:check]
