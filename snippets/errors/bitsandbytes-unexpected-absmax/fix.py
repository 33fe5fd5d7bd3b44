# /// script
# [tool.fourbit]
# overlays = ["peft"]
# ///
import bitsandbytes as bnb
import torch

first = bnb.nn.Linear4bit(64, 64, bias=False).to("cpu")
stored = dict(first.state_dict())
x = torch.randn(2, 64)
# --8<-- [start:fix]
codes = stored.pop("weight")
scales = {k.removeprefix("weight."): v for k, v in stored.items()}
layer = bnb.nn.Linear4bit(64, 64, bias=False)
layer.weight = bnb.nn.Params4bit.from_prequantized(
    codes, scales, device="cpu"
)
# --8<-- [end:fix]
# --8<-- [start:check]
assert torch.equal(layer(x), first(x))
# --8<-- [end:check]
