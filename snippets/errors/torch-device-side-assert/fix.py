from transformers import AutoModelForCausalLM, AutoTokenizer

from fourbit.tiny import MODEL

model = AutoModelForCausalLM.from_pretrained(MODEL)
tokenizer = AutoTokenizer.from_pretrained(MODEL)
# --8<-- [start:fix]
ids = tokenizer("some text", return_tensors="pt").input_ids
rows = model.get_input_embeddings().num_embeddings
print(f"ids {ids.min()} to {ids.max()}, {rows} rows")
# --8<-- [end:fix]
# --8<-- [start:check]
assert 0 <= ids.min() and ids.max() < rows
# --8<-- [end:check]
