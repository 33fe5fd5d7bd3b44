from transformers import AutoTokenizer

from fourbit.tiny import MODEL

tokenizer = AutoTokenizer.from_pretrained(MODEL)
# --8<-- [start:fix]
tokenizer.pad_token = tokenizer.eos_token
tokenizer.padding_side = "left"
batch = tokenizer(["short", "a text that is longer"], padding=True)
# --8<-- [end:fix]
# --8<-- [start:check]
first, second = batch["input_ids"]
assert len(first) == len(second)
assert batch["attention_mask"][0][0] == 0
# --8<-- [end:check]
