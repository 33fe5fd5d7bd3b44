from datasets import load_dataset

with open("rows.jsonl", "w") as file:
    file.write('{"text": "some text"}\n' * 100)
rows = load_dataset(
    "json",
    data_files="rows.jsonl",
    split="train",
    streaming=True,
)
len(rows)
