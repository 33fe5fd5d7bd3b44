from torch.utils.data import DataLoader

texts = ["a", "b", "c"]
# --8<-- [start:fix]
batches = list(DataLoader(texts, batch_size=2, num_workers=0))
# --8<-- [end:fix]
# --8<-- [start:check]
assert batches == [["a", "b"], ["c"]]
# --8<-- [end:check]
