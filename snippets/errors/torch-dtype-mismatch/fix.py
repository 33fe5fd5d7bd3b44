import torch

layer = torch.nn.Linear(4, 4).half()
x = torch.randn(1, 4)
# --8<-- [start:fix]
y = layer(x.to(layer.weight.dtype))
# --8<-- [end:fix]
# --8<-- [start:check]
assert y.dtype == torch.float16
# --8<-- [end:check]
