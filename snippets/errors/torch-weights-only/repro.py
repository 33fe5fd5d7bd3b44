import torch


class Settings:
    bits = 4


torch.save({"settings": Settings()}, "old.pt")
torch.load("old.pt")
