from transformers import AutoTokenizer

from fourbit.tiny import MODEL

tokenizer = AutoTokenizer.from_pretrained(MODEL)
# --8<-- [start:fix]
one = tokenizer("some text")
batch = tokenizer(["some text", "more"])
# --8<-- [end:fix]
# --8<-- [start:check]
assert batch.input_ids[0] == one.input_ids
# --8<-- [end:check]
