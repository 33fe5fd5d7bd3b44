# /// script
# [tool.fourbit]
# overlays = ["peft"]
# ///
import bitsandbytes as bnb
import torch

# --8<-- [start:fix]
layer = bnb.nn.Linear4bit(64, 64, compute_dtype=torch.float16)
layer = layer.to("cpu")
y = layer(torch.zeros(2, 64, dtype=torch.float16))
# --8<-- [end:fix]
# --8<-- [start:check]
assert y.dtype == layer.compute_dtype == torch.float16
# --8<-- [end:check]
