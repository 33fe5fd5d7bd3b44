import torch

torch.empty(2**50, dtype=torch.float32)
