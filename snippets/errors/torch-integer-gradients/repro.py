import torch

codes = torch.tensor([3, 7, 1], dtype=torch.uint8)
torch.nn.Parameter(codes)
