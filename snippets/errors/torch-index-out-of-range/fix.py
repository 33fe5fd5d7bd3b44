from transformers import AutoModelForCausalLM, AutoTokenizer

from fourbit.tiny import MODEL

model = AutoModelForCausalLM.from_pretrained(MODEL)
tokenizer = AutoTokenizer.from_pretrained(MODEL)
tokenizer.add_special_tokens({"pad_token": "[PAD]"})
# --8<-- [start:fix]
rows = model.get_input_embeddings().num_embeddings
if len(tokenizer) > rows:
    model.resize_token_embeddings(len(tokenizer))
# --8<-- [end:fix]
# --8<-- [start:check]
batch = tokenizer(["a", "b c"], padding=True, return_tensors="pt")
assert batch.input_ids.max() < model.config.vocab_size
model(**batch)
# --8<-- [end:check]
