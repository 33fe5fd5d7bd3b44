# /// script
# [tool.fourbit]
# overlays = ["peft"]
# ///
import bitsandbytes.functional as F
import torch

codes, state = F.quantize_4bit(torch.randn(64, 64))
# --8<-- [start:fix]
weight = F.dequantize_4bit(codes, state)
again, state = F.quantize_4bit(weight)
# --8<-- [end:fix]
# --8<-- [start:check]
assert again.dtype == torch.uint8 and again.shape == codes.shape
# --8<-- [end:check]
