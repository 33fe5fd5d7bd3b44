import resource

import torch
from safetensors import safe_open
from safetensors.torch import save_file

weights = {"a": torch.zeros(2**26, dtype=torch.uint8)}
save_file(weights, "x.safetensors")
with open("/proc/self/statm") as file:
    pages = int(file.read().split()[0])
limit = pages * resource.getpagesize() + 2**24
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
safe_open("x.safetensors", "pt")
