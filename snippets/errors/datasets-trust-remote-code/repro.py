from datasets import load_dataset

with open("rows.jsonl", "w") as file:
    file.write('{"text": "some text"}\n')
rows = load_dataset(
    "json", data_files="rows.jsonl", trust_remote_code=True
)
assert len(rows["train"]) == 1
