import torch

norm = torch.nn.LayerNorm(4).to(torch.float8_e4m3fn)
norm(torch.ones(1, 4).to(torch.float8_e4m3fn))
