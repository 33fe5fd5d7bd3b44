import torch
from safetensors.torch import save_file

weight = torch.randn(8, 4)
save_file({"embed.weight": weight, "head.weight": weight}, "x")
