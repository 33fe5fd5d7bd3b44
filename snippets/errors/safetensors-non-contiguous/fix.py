import torch
from safetensors.torch import load_file, save_file

state = {"weight": torch.randn(4, 6).t()}
# --8<-- [start:fix]
state = {name: tensor.contiguous() for name, tensor in state.items()}
save_file(state, "model.safetensors")
# --8<-- [end:fix]
# --8<-- [start:check]
loaded = load_file("model.safetensors")["weight"]
assert torch.equal(loaded, state["weight"])
# --8<-- [end:check]
