# /// script
# [tool.fourbit]
# overlays = ["peft"]
# ///
import bitsandbytes.functional as F
import torch

codes, state = F.quantize_4bit(torch.randn(64, 64))
F.quantize_4bit(codes)
