from transformers import AutoModelForCausalLM, AutoTokenizer

from fourbit.tiny import MODEL

model = AutoModelForCausalLM.from_pretrained(MODEL)
tokenizer = AutoTokenizer.from_pretrained(MODEL)
tokenizer.pad_token = tokenizer.eos_token
# --8<-- [start:fix]
from transformers import DataCollatorForLanguageModeling

collate = DataCollatorForLanguageModeling(tokenizer, mlm=False)
batch = collate([{"input_ids": [1, 2, 3]}])
# --8<-- [end:fix]
# --8<-- [start:check]
assert model(**batch).loss > 0
# --8<-- [end:check]
