import torch
from transformers import AutoModelForCausalLM

from fourbit.tiny import MODEL

model = AutoModelForCausalLM.from_pretrained(MODEL)
with torch.no_grad():
    model.model.layers[1].mlp.up_proj.weight[0, 0] = float("nan")
ids = torch.tensor([[1, 2, 3]])
model.generate(ids, do_sample=True, max_new_tokens=2)
