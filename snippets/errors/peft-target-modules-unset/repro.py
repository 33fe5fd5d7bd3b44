# /// script
# [tool.fourbit]
# overlays = ["peft"]
# ///
import torch
from peft import LoraConfig, get_peft_model

model = torch.nn.Sequential(torch.nn.Linear(2, 2))
get_peft_model(model, LoraConfig())
