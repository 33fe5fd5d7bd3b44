import torch
from transformers import AutoConfig, AutoModelForCausalLM

from fourbit.tiny import MODEL

config = AutoConfig.from_pretrained(MODEL)
with torch.device("meta"):
    outline = AutoModelForCausalLM.from_config(config)
# --8<-- [start:fix]
model = AutoModelForCausalLM.from_pretrained(MODEL)
# --8<-- [end:fix]
# --8<-- [start:check]
empty = [n for n, p in outline.named_parameters() if p.is_meta]
assert len(empty) == len(list(model.parameters()))
assert not any(one.is_meta for one in model.parameters())
# --8<-- [end:check]
