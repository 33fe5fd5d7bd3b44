from datasets import Dataset

rows = Dataset.from_dict({"text": ["a b", "c"] * 50})


def work(batch):
    return {"words": [len(one.split()) for one in batch["text"]]}


# --8<-- [start:fix]
rows = rows.map(work, batched=True, batch_size=50, writer_batch_size=50)
# --8<-- [end:fix]
# --8<-- [start:check]
assert sum(rows["words"]) == 150
# --8<-- [end:check]
