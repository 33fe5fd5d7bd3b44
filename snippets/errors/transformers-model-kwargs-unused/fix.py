import torch
from transformers import AutoModelForCausalLM

from fourbit.tiny import MODEL

model = AutoModelForCausalLM.from_pretrained(MODEL)
ids = torch.tensor([[1, 2, 3]])
batch = {"input_ids": ids, "token_type_ids": ids * 0}
# --8<-- [start:fix]
batch.pop("token_type_ids", None)
# --8<-- [end:fix]
# --8<-- [start:check]
out = model.generate(**batch, max_new_tokens=2, min_new_tokens=2)
assert out.shape == (1, 5)
# --8<-- [end:check]
