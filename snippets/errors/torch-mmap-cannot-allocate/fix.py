import resource

import torch

torch.save(torch.zeros(2**26, dtype=torch.uint8), "x.pt")
soft, hard = resource.getrlimit(resource.RLIMIT_AS)
with open("/proc/self/statm") as file:
    pages = int(file.read().split()[0])
small = pages * resource.getpagesize() + 2**24
resource.setrlimit(resource.RLIMIT_AS, (small, hard))
# --8<-- [start:fix]
import resource

soft, hard = resource.getrlimit(resource.RLIMIT_AS)
resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
# --8<-- [end:fix]
# --8<-- [start:check]
assert torch.load("x.pt", mmap=True).nbytes == 2**26
# --8<-- [end:check]
