# /// script
# [tool.fourbit]
# overlays = ["peft"]
# ///
import torch
from transformers import AutoModelForCausalLM, BitsAndBytesConfig

from fourbit.tiny import MODEL

# --8<-- [start:fix]
settings = BitsAndBytesConfig(
    load_in_4bit=True, bnb_4bit_compute_dtype=torch.bfloat16
)
model = AutoModelForCausalLM.from_pretrained(
    MODEL, dtype=torch.bfloat16, quantization_config=settings
)
# --8<-- [end:fix]
# --8<-- [start:check]
assert model.model.embed_tokens.weight.dtype == torch.bfloat16
# --8<-- [end:check]
