import torch


class Settings:
    bits = 4


weight = torch.eye(4)
torch.save({"settings": Settings(), "weight": weight}, "old.pt")
# --8<-- [start:fix]
from safetensors.torch import load_file, save_file

old = torch.load("old.pt", weights_only=False)  # only if you trust it
new = {
    name: value.contiguous()
    for name, value in old.items()
    if isinstance(value, torch.Tensor)
}
save_file(new, "new.safetensors")
# --8<-- [end:fix]
# --8<-- [start:check]
assert torch.equal(load_file("new.safetensors")["weight"], weight)
# --8<-- [end:check]
