import torch

register = torch.serialization.register_package
register(0, lambda one: "cuda:0", lambda one, place: None)
torch.save(torch.ones(2), "x.pt")
torch.load("x.pt")
