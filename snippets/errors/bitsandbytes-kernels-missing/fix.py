# /// script
# [tool.fourbit]
# overlays = ["peft"]
# ///
# --8<-- [start:fix]
import bitsandbytes.functional as F
import torch

weight = torch.randn(64, 64)
wide = F.dequantize_4bit(*F.quantize_4bit(weight, quant_type="nf4"))
# --8<-- [end:fix]
# --8<-- [start:check]
error = (wide - weight).norm() / weight.norm()
assert 0.05 < error < 0.15
# --8<-- [end:check]
