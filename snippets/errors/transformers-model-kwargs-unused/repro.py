import torch
from transformers import AutoModelForCausalLM

from fourbit.tiny import MODEL

model = AutoModelForCausalLM.from_pretrained(MODEL)
ids = torch.tensor([[1, 2, 3]])
batch = {"input_ids": ids, "token_type_ids": ids * 0}
model.generate(**batch, max_new_tokens=2)
