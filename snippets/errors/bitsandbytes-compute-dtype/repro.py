# /// script
# [tool.fourbit]
# overlays = ["peft"]
# ///
import bitsandbytes as bnb
import torch

layer = bnb.nn.Linear4bit(64, 64).to("cpu")
layer(torch.zeros(2, 64, dtype=torch.float16))
