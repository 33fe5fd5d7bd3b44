import torch

layer = torch.nn.Linear(2, 2)
# --8<-- [start:fix]
from torch.optim import AdamW

optimizer = AdamW(layer.parameters(), lr=1e-4, weight_decay=0.0)
# --8<-- [end:fix]
# --8<-- [start:check]
layer(torch.ones(1, 2)).sum().backward()
before = layer.weight.detach().clone()
optimizer.step()
assert not torch.equal(layer.weight, before)
# --8<-- [end:check]
