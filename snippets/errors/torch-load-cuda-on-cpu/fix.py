import torch

register = torch.serialization.register_package
register(0, lambda one: "cuda:0", lambda one, place: None)
torch.save(torch.ones(2), "x.pt")
# --8<-- [start:fix]
weights = torch.load("x.pt", map_location="cpu")
# --8<-- [end:fix]
# --8<-- [start:check]
assert weights.device.type == "cpu"
# --8<-- [end:check]
