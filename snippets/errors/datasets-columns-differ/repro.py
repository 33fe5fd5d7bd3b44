from datasets import load_dataset

with open("a.jsonl", "w") as file:
    file.write('{"text": "one"}\n')
with open("b.jsonl", "w") as file:
    file.write('{"text": "two", "stars": 5}\n')
load_dataset("json", data_files=["a.jsonl", "b.jsonl"])
