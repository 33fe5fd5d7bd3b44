import json

# --8<-- [start:fix]
from datasets import load_dataset

from fourbit import tiny

with open("texts.jsonl", "w") as file:
    texts = tiny.documents("docs", "calibration")[:100]
    rows = [json.dumps({"text": text}) for text in texts]
    file.write("\n".join(rows))
rows = load_dataset("json", data_files="texts.jsonl", split="train")
# --8<-- [end:fix]
# --8<-- [start:check]
assert len(rows) == 100 and rows[0]["text"]
# --8<-- [end:check]
