import torch
from transformers import AutoModelForCausalLM

from fourbit.tiny import MODEL

model = AutoModelForCausalLM.from_pretrained(MODEL)
model.requires_grad_(False)
ids = torch.tensor([[1, 2, 3]])
# --8<-- [start:fix]
model.model.norm.weight.requires_grad_(True)  # or a LoRA adapter
free = [p for p in model.parameters() if p.requires_grad]
print(sum(p.numel() for p in free), "trainable parameters")
# --8<-- [end:fix]
# --8<-- [start:check]
model(input_ids=ids, labels=ids).loss.backward()
assert free and all(p.grad is not None for p in free)
# --8<-- [end:check]
