import torch
from transformers import AutoModelForCausalLM

from fourbit.tiny import MODEL

model = AutoModelForCausalLM.from_pretrained(MODEL)
cache = model(torch.tensor([[1, 2, 3]])).past_key_values
# --8<-- [start:fix]
past = cache.get_seq_length()
keys, values = cache.layers[0].keys, cache.layers[0].values
# --8<-- [end:fix]
# --8<-- [start:check]
assert past == 3 == keys.shape[2] == values.shape[2]
# --8<-- [end:check]
