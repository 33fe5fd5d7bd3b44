# --8<-- [start:fix]
import torch
from safetensors.torch import load_model, save_model

layers = [torch.nn.Linear(4, 4) for _ in range(2)]
model = torch.nn.Sequential(*layers)
model[1].weight = model[0].weight
save_model(model, "model.safetensors")
# --8<-- [end:fix]
# --8<-- [start:check]
before = model[1].weight.clone()
torch.nn.init.zeros_(model[0].weight)
load_model(model, "model.safetensors")
assert torch.equal(model[1].weight, before)
# --8<-- [end:check]
