import torch
from transformers import AutoModelForCausalLM

from fourbit.tiny import MODEL

model = AutoModelForCausalLM.from_pretrained(MODEL)
ids = torch.tensor([[1, 2, 3]]).half()
model(ids)
