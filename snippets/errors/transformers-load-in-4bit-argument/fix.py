# --8<-- [start:fix]
import torch
from transformers import BitsAndBytesConfig

config = BitsAndBytesConfig(
    load_in_4bit=True,
    bnb_4bit_quant_type="nf4",
    bnb_4bit_compute_dtype=torch.bfloat16,
)
# AutoModelForCausalLM.from_pretrained(id, quantization_config=config)
# --8<-- [end:fix]
# --8<-- [start:check]
assert config.quantization_method() == "nf4"
# --8<-- [end:check]
