# /// script
# [tool.fourbit]
# environment = "autogptq"
# timeout = 120
# ///
"""Three layers that the reference implementation gets wrong."""

import contextlib
import json
import os

import torch

# --8<-- [start:layers]
torch.manual_seed(0)
W = torch.randn(16, 64)
X = torch.randn(512, 64) @ torch.randn(64, 64)  # (tokens, d_in)
silent = X.clone()
silent[:, :8] = 0  # eight inputs that calibration never saw
layers = {
    "no negative weight": (W.abs(), X),
    "silent inputs": (W, silent),
    "no token at all": (W, 0 * X),
}
# --8<-- [end:layers]

# --8<-- [start:solve]
from auto_gptq.quantization.gptq import GPTQ  # noqa: E402

torch.cuda.synchronize = lambda *_: None  # it waits for a GPU
lost = {}
for name, (W, X) in layers.items():
    linear = torch.nn.Linear(64, 16, bias=False)
    linear.weight.data = W.clone()
    gptq = GPTQ(linear)
    gptq.quantizer.configure(4, perchannel=True, sym=True)
    gptq.H = 2 / len(X) * X.T @ X
    gptq.nsamples = len(X)
    with contextlib.redirect_stdout(open(os.devnull, "w")):
        gptq.fasterquant(group_size=32)
    error = linear.weight.data - W
    lost[name] = float(error.norm() / W.norm())
    print(f"{name:20} {lost[name]:5.0%} of the weights lost")
# --8<-- [end:solve]

assert lost["no negative weight"] > 0.2
assert lost["silent inputs"] > 0.3
assert lost["no token at all"] == 1
print(json.dumps({n.replace(" ", "_"): v for n, v in lost.items()}))
