from transformers import BitsAndBytesConfig

# --8<-- [start:fix]
settings = {"four_bit": "true", "dtype": "bfloat16"}  # as read
config = BitsAndBytesConfig(
    load_in_4bit=settings["four_bit"].lower() == "true",
    bnb_4bit_compute_dtype=settings["dtype"],
)
# --8<-- [end:fix]
# --8<-- [start:check]
import torch

assert config.load_in_4bit
assert config.bnb_4bit_compute_dtype == torch.bfloat16
# --8<-- [end:check]
