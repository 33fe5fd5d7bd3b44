with open("rows.jsonl", "w") as file:
    file.write('{"text": "some text"}\n')
# --8<-- [start:fix]
from datasets import load_dataset

rows = load_dataset("json", data_files="rows.jsonl", split="train")
# --8<-- [end:fix]
# --8<-- [start:check]
assert rows[0]["text"] == "some text"
# --8<-- [end:check]
