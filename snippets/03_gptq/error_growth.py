# /// script
# [tool.fourbit]
# tolerance = 0.02
# ///
"""The error of 4-bit rounding grows slowly from block to block."""

import json

# --8<-- [start:measured]
import torch

from fourbit import calibration, tiny
from fourbit.engine import models
from fourbit.grid import quantize_rtn

folder = models.find("tiny")
ids = calibration.tokenize(
    models.load_tokenizer(folder), tiny.text("docs")
)
ids = torch.from_numpy(calibration.windows(ids, n=8, length=256))


@torch.inference_mode()
def block_outputs(model):  # one (8, 256, 256) tensor a block
    seen = []
    for block in model.model.layers:
        block.register_forward_hook(lambda _, x, out: seen.append(out))
    model(ids, use_cache=False)
    return seen


exact = block_outputs(models.load(folder))
model = models.load(folder)
for block in model.model.layers:
    for layer in block.modules():
        if isinstance(layer, torch.nn.Linear):
            W = layer.weight.detach().numpy()
            q = quantize_rtn(W, bits=4, group_size=64)
            layer.weight.data = torch.from_numpy(q.dequantize())
errors = [
    float((h_hat - h).norm() / h.norm())
    for h, h_hat in zip(exact, block_outputs(model), strict=True)
]
for block, error in enumerate(errors):
    print(f"relative error after block {block}: {error:.1%}")
assert errors[-1] < 5 * errors[0]
# --8<-- [end:measured]

# --8<-- [start:arithmetic]
n, e = 80, 0.001  # layers, the relative error that each one adds
retained = 1 - (1 - e) ** n  # the popular formula
random = n**0.5 * e  # independent signs: errors add in squares
sums = {"retained": retained, "added": n * e, "random": random}
sums["compounded"] = (1 + e) ** n - 1  # all in one direction, growing
for name, value in sums.items():
    print(f"80 layers at 0.1 %, {name:10} {value:.2%}")
assert random < retained < n * e < sums["compounded"] < 0.084
# --8<-- [end:arithmetic]
print(json.dumps({"errors": errors, **sums}))
