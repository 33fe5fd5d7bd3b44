# /// script
# [tool.fourbit]
# environment = "autogptq"
# ///
import torch
from auto_gptq.quantization.gptq import GPTQ

torch.cuda.synchronize = lambda: None
torch.manual_seed(0)
layer = torch.nn.Linear(64, 64, bias=False)
solver = GPTQ(layer)
solver.quantizer.configure(4, perchannel=True, sym=True, mse=False)
# --8<-- [start:fix]
x = torch.randn(16, 64, 64)  # 1024 tokens for 64 inputs
for sample in x:
    solver.add_batch(sample[None], layer(sample[None]))
solver.fasterquant(percdamp=0.01, group_size=64)
# --8<-- [end:fix]
# --8<-- [start:check]
assert layer.weight.isfinite().all()
# --8<-- [end:check]
