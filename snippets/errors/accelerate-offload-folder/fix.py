import torch
from transformers import AutoModelForCausalLM

from fourbit.tiny import MODEL

model = AutoModelForCausalLM.from_pretrained(MODEL)
# --8<-- [start:fix]
from accelerate import dispatch_model

place = {name: "cpu" for name, _ in model.named_children()}
place |= {"model": "disk"}
model = dispatch_model(model, place, offload_dir="offload")
# --8<-- [end:fix]
# --8<-- [start:check]
logits = model(torch.tensor([[1, 2, 3]])).logits
assert logits.isfinite().all()
# --8<-- [end:check]
