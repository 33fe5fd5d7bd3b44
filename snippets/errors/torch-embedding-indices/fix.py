import torch
from transformers import AutoModelForCausalLM

from fourbit.tiny import MODEL

model = AutoModelForCausalLM.from_pretrained(MODEL)
ids = torch.tensor([[1, 2, 3]]).half()
# --8<-- [start:fix]
ids = ids.long()
# --8<-- [end:fix]
# --8<-- [start:check]
assert model(ids).logits.shape[:2] == (1, 3)
# --8<-- [end:check]
