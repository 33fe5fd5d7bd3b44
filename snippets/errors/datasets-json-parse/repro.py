from datasets import load_dataset

with open("rows.jsonl", "w") as file:
    file.write('{"text": "some text"}\n')
    file.write('{"text": some more}\n')
load_dataset("json", data_files="rows.jsonl")
