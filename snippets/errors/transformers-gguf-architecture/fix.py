# --8<-- [start:fix]
import torch
from transformers import AutoModelForCausalLM

from fourbit.tiny import MODEL as ORIGINAL

# the repository the GGUF file was made from
model = AutoModelForCausalLM.from_pretrained(ORIGINAL)
# --8<-- [end:fix]
# --8<-- [start:check]
assert model(torch.tensor([[1, 2, 3]])).logits.isfinite().all()
# --8<-- [end:check]
