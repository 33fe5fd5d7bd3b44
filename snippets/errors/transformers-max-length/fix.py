import torch
from transformers import AutoModelForCausalLM

from fourbit.tiny import MODEL

model = AutoModelForCausalLM.from_pretrained(MODEL)
prompt = torch.ones(1, 31, dtype=torch.long)
# --8<-- [start:fix]
out = model.generate(prompt, max_new_tokens=20)
# --8<-- [end:fix]
# --8<-- [start:check]
assert 31 < out.shape[1] <= 51
# --8<-- [end:check]
