from transformers import AutoTokenizer

from fourbit.tiny import MODEL

tokenizer = AutoTokenizer.from_pretrained(MODEL)
# --8<-- [start:fix]
texts = ["The river rises in the hills and runs to the sea."] * 8
lengths = [len(tokenizer(text)["input_ids"]) for text in texts]
# --8<-- [end:fix]
# --8<-- [start:check]
assert min(lengths) > 10, lengths
# --8<-- [end:check]
