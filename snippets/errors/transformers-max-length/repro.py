import torch
from transformers import AutoModelForCausalLM

from fourbit.tiny import MODEL

model = AutoModelForCausalLM.from_pretrained(MODEL)
prompt = torch.ones(1, 31, dtype=torch.long)
model.generate(prompt, max_length=20)
