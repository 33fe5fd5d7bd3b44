import resource
import signal

import torch

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))
torch.save({"weight": torch.zeros(2**20)}, "x.pt")
