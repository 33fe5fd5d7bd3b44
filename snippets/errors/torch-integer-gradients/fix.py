import torch

codes = torch.tensor([3, 7, 1], dtype=torch.uint8)
# --8<-- [start:fix]
layer = torch.nn.Module()
layer.register_buffer("codes", codes)
layer.frozen = torch.nn.Parameter(codes, requires_grad=False)
# --8<-- [end:fix]
# --8<-- [start:check]
assert set(layer.state_dict()) == {"codes", "frozen"}
assert not any(one.requires_grad for one in layer.parameters())
# --8<-- [end:check]
