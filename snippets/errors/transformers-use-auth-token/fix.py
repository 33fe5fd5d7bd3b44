from transformers import AutoModelForCausalLM

from fourbit.tiny import MODEL

# --8<-- [start:fix]
model = AutoModelForCausalLM.from_pretrained(MODEL, token="hf_x")
# --8<-- [end:fix]
# --8<-- [start:check]
assert model.num_parameters() > 1_000_000
# --8<-- [end:check]
