import resource

import torch

resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
# --8<-- [start:fix]
from torch import multiprocessing

multiprocessing.set_sharing_strategy("file_system")
# --8<-- [end:fix]
# --8<-- [start:check]
kept = [torch.zeros(3).share_memory_() for _ in range(200)]
assert all(one.is_shared() for one in kept)
# --8<-- [end:check]
