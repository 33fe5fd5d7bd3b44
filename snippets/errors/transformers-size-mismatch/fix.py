# --8<-- [start:fix]
from safetensors import safe_open
from transformers import AutoModelForCausalLM

from fourbit.tiny import MODEL

with safe_open(MODEL / "model.safetensors", "pt") as file:
    name = "model.embed_tokens.weight"
    rows, columns = file.get_slice(name).get_shape()
model = AutoModelForCausalLM.from_pretrained(MODEL, vocab_size=rows)
# --8<-- [end:fix]
# --8<-- [start:check]
shape = model.get_input_embeddings().weight.shape
assert shape == (rows, columns)
# --8<-- [end:check]
