from transformers import AutoTokenizer

from fourbit.tiny import MODEL

tokenizer = AutoTokenizer.from_pretrained(MODEL)
# --8<-- [start:fix]
from transformers import DataCollatorForLanguageModeling

tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
rows = [tokenizer(one) for one in ("one", "a longer text")]
collate = DataCollatorForLanguageModeling(tokenizer, mlm=False)
batch = collate(rows)
# --8<-- [end:fix]
# --8<-- [start:check]
assert batch["labels"].shape == batch["input_ids"].shape
assert (batch["labels"] == -100).any()
# --8<-- [end:check]
