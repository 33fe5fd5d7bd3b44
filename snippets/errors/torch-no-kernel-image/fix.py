# --8<-- [start:fix]
import torch

built = torch.cuda.get_arch_list()
print(torch.__version__, "has code for", built or "no GPU")
for index in range(torch.cuda.device_count()):
    major, minor = torch.cuda.get_device_capability(index)
    print(torch.cuda.get_device_name(index), f"sm_{major}{minor}")
# --8<-- [end:fix]
# --8<-- [start:check]
if torch.cuda.is_available():
    assert torch.ones(1, device="cuda").item() == 1
# --8<-- [end:check]
