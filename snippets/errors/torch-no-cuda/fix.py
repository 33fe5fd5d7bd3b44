# --8<-- [start:fix]
import torch

device = "cuda" if torch.cuda.is_available() else "cpu"
print(torch.__version__, "CUDA:", torch.version.cuda, "->", device)
x = torch.zeros(1, device=device)
# --8<-- [end:fix]
# --8<-- [start:check]
assert x.device.type == device
# --8<-- [end:check]
