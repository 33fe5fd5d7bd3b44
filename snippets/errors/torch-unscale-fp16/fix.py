import torch

layer = torch.nn.Linear(2, 2).half()
scaler = torch.amp.GradScaler("cpu", init_scale=128.0)
# --8<-- [start:fix]
for weight in layer.parameters():
    if weight.requires_grad:
        weight.data = weight.data.float()
# --8<-- [end:fix]
# --8<-- [start:check]
optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
with torch.autocast("cpu", torch.float16):
    loss = layer(torch.ones(1, 2)).sum()
scaler.scale(loss).backward()
scaler.unscale_(optimizer)
assert torch.equal(layer.weight.grad, torch.ones(2, 2))
# --8<-- [end:check]
