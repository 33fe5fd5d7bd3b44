import torch

norm = torch.nn.LayerNorm(4).to(torch.float8_e4m3fn)
x = torch.tensor([[1.0, 2.0, 3.0, 4.0]]).to(torch.float8_e4m3fn)
# --8<-- [start:fix]
norm = norm.to(torch.bfloat16)
y = norm(x.to(torch.bfloat16))
# --8<-- [end:fix]
# --8<-- [start:check]
assert abs(y.float().mean()) < 0.01 and y.dtype == torch.bfloat16
# --8<-- [end:check]
