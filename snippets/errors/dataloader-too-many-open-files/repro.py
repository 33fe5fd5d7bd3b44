import resource

import torch

resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
kept = [torch.zeros(3).share_memory_() for _ in range(200)]
