import torch

from fourbit.tiny import MODEL

# --8<-- [start:fix]
from transformers import AutoModelForCausalLM

device = "cuda:0" if torch.cuda.is_available() else "cpu"
model = AutoModelForCausalLM.from_pretrained(
    MODEL, device_map={"": device}
)
# --8<-- [end:fix]
# --8<-- [start:check]
devices = {str(one.device) for one in model.parameters()}
assert devices == {device}
# --8<-- [end:check]
