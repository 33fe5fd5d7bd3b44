import torch

layer = torch.nn.Linear(4, 4).half()
layer(torch.randn(1, 4))
