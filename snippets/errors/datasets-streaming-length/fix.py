from datasets import load_dataset

with open("rows.jsonl", "w") as file:
    file.write('{"text": "some text"}\n' * 100)
rows = load_dataset(
    "json",
    data_files="rows.jsonl",
    split="train",
    streaming=True,
)
# --8<-- [start:fix]
from datasets import Dataset

drawn = rows.shuffle(seed=0, buffer_size=50).take(10)
rows = Dataset.from_list(list(drawn))
# --8<-- [end:fix]
# --8<-- [start:check]
assert len(rows) == 10 and rows[0]["text"] == "some text"
# --8<-- [end:check]
