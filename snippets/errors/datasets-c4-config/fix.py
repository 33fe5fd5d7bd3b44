import os

from datasets import load_dataset

os.makedirs("c4/en")
with open("c4/en/part-0.json", "w") as file:
    file.write('{"text": "some text"}\n')
# --8<-- [start:fix]
rows = load_dataset(
    "c4", data_files={"train": "en/part-0.json"}, split="train"
)
# --8<-- [end:fix]
# --8<-- [start:check]
assert rows[0]["text"] == "some text"
# --8<-- [end:check]
