# /// script
# [tool.fourbit]
# environment = "autogptq"
# ///
import torch
from auto_gptq.quantization.gptq import GPTQ

torch.cuda.synchronize = lambda: None  # there is no card
torch.manual_seed(0)
layer = torch.nn.Linear(64, 64, bias=False)
solver = GPTQ(layer)
solver.quantizer.configure(4, perchannel=True, sym=True, mse=False)
x = torch.randn(1, 4, 64) * 1e6  # 4 tokens for 64 inputs
solver.add_batch(x, layer(x))
solver.fasterquant(percdamp=0.0, group_size=64)
