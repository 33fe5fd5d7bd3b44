import torch

torch.save(torch.zeros(2**16), "x.pt")
with open("x.pt", "rb") as file:
    start = file.read(2**17)
with open("torn.pt", "wb") as file:
    file.write(start)
# --8<-- [start:fix]
import zipfile

for name in ("x.pt", "torn.pt"):
    print(name, zipfile.is_zipfile(name))
# --8<-- [end:fix]
# --8<-- [start:check]
assert zipfile.is_zipfile("x.pt")
assert not zipfile.is_zipfile("torn.pt")
torch.load("x.pt")
# --8<-- [end:check]
