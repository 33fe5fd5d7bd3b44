import torch

weight = torch.tensor([1.5, 1e30], dtype=torch.bfloat16)
# --8<-- [start:fix]
array = weight.float().numpy()
bits = weight.view(torch.int16).numpy()
# --8<-- [end:fix]
# --8<-- [start:check]
assert (torch.from_numpy(array).bfloat16() == weight).all()
again = torch.from_numpy(bits).view(torch.bfloat16)
assert (again == weight).all()
# --8<-- [end:check]
