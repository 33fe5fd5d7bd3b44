from datasets import Dataset, load_dataset

Dataset.from_dict({"text": ["some text"]}).save_to_disk("rows")
# --8<-- [start:fix]
from datasets import load_from_disk

rows = load_from_disk("rows")
rows.to_parquet("parquet/train.parquet")
# --8<-- [end:fix]
# --8<-- [start:check]
again = load_dataset("parquet", split="train")
assert again[:] == rows[:]
# --8<-- [end:check]
