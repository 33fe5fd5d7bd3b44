# /// script
# [tool.fourbit]
# overlays = ["peft"]
# ///
import torch

model = torch.nn.Sequential(
    torch.nn.Linear(2, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2)
)
# --8<-- [start:fix]
from peft import LoraConfig, get_peft_model

kinds = torch.nn.Linear
names = [n for n, m in model.named_modules() if isinstance(m, kinds)]
model = get_peft_model(model, LoraConfig(target_modules=names))
# --8<-- [end:fix]
# --8<-- [start:check]
assert names == ["0", "2"]
trained = [n for n, p in model.named_parameters() if p.requires_grad]
assert all("lora_" in name for name in trained) and trained
# --8<-- [end:check]
