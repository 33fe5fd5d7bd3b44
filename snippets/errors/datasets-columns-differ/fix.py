from datasets import load_dataset

with open("a.jsonl", "w") as file:
    file.write('{"text": "one"}\n')
with open("b.jsonl", "w") as file:
    file.write('{"text": "two", "stars": 5}\n')
# --8<-- [start:fix]
from datasets import concatenate_datasets

parts = [
    load_dataset("json", data_files=name, split="train")
    for name in ("a.jsonl", "b.jsonl")
]
rows = concatenate_datasets(
    [one.select_columns("text") for one in parts]
)
# --8<-- [end:fix]
# --8<-- [start:check]
assert rows["text"][:] == ["one", "two"]
# --8<-- [end:check]
