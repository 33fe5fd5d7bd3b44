import torch

weights = {"weight": torch.zeros(2**20)}
# --8<-- [start:fix]
import os
import shutil

needed = sum(one.nbytes for one in weights.values())
free = shutil.disk_usage(".").free
if needed > free:
    raise SystemExit(f"{needed} bytes needed, {free} are free")
torch.save(weights, "x.pt.part")
os.replace("x.pt.part", "x.pt")
# --8<-- [end:fix]
# --8<-- [start:check]
assert torch.load("x.pt")["weight"].nbytes == needed
# --8<-- [end:check]
