import torch
from transformers import AutoModelForCausalLM

from fourbit.tiny import MODEL

model = AutoModelForCausalLM.from_pretrained(MODEL)
ids = torch.tensor([[1, 2, 3, 4]])
# --8<-- [start:fix]
with torch.no_grad():
    loss = model(ids, labels=ids).loss
perplexity = loss.exp().item()
# --8<-- [end:fix]
# --8<-- [start:check]
assert perplexity > 1
# --8<-- [end:check]
