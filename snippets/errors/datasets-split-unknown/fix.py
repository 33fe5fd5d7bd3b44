from datasets import load_dataset

with open("texts.jsonl", "w") as file:
    file.write('{"text": "one"}\n' * 10)
# --8<-- [start:fix]
whole = load_dataset("json", data_files="texts.jsonl", split="train")
parts = whole.train_test_split(test_size=0.2, seed=0)
# --8<-- [end:fix]
# --8<-- [start:check]
assert len(parts["train"]) + len(parts["test"]) == len(whole)
# --8<-- [end:check]
