from datasets import Dataset
from transformers import AutoTokenizer

from fourbit.tiny import MODEL

tokenizer = AutoTokenizer.from_pretrained(MODEL)
rows = Dataset.from_dict({"text": ["one text", None, "another"]})
# --8<-- [start:fix]
texts = [one for one in rows["text"] if isinstance(one, str)]
batch = tokenizer(texts)
# --8<-- [end:fix]
# --8<-- [start:check]
assert len(batch.input_ids) == 2
# --8<-- [end:check]
