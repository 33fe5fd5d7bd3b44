from datasets import load_dataset

with open("texts.jsonl", "w") as file:
    file.write('{"text": "one"}\n' * 10)
load_dataset("json", data_files="texts.jsonl", split="validation")
