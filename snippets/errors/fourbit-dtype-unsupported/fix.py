from fourbit.tiny import MODEL

# --8<-- [start:fix]
import torch
from transformers import AutoModelForCausalLM

model = AutoModelForCausalLM.from_pretrained(
    MODEL, dtype=torch.bfloat16
)
model.save_pretrained("wide")
# --8<-- [end:fix]
# --8<-- [start:check]
from safetensors.torch import load_file

weights = load_file("wide/model.safetensors")
types = {one.dtype for one in weights.values()}
assert types == {torch.bfloat16}
# --8<-- [end:check]
