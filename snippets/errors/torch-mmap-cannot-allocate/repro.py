import resource

import torch

weights = torch.zeros(2**26, dtype=torch.uint8)
torch.save(weights, "x.pt")
with open("/proc/self/statm") as file:
    pages = int(file.read().split()[0])
limit = pages * resource.getpagesize() + 2**24
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
torch.load("x.pt", mmap=True)
