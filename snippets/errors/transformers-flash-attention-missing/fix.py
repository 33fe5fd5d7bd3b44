from fourbit.tiny import MODEL

# --8<-- [start:fix]
from transformers import AutoModelForCausalLM

model = AutoModelForCausalLM.from_pretrained(
    MODEL, attn_implementation="sdpa"
)
# --8<-- [end:fix]
# --8<-- [start:check]
assert model.config._attn_implementation == "sdpa"
# --8<-- [end:check]
