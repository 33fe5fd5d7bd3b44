# /// script
# [tool.fourbit]
# overlays = ["gptqmodel"]
# ///
import os
import sys

os.environ["GPTQMODEL_CPU_WORKERS"] = "2"
import torch
from gptqmodel import GPTQModel

from fourbit.cli import main

command = "fourbit quantize tiny --method rtn --out small"
options = "--windows 2 --length 64 --no-gate"
sys.argv = f"{command} {options}".split()
main()
# --8<-- [start:fix]
model = GPTQModel.load("small", device="cpu")
# --8<-- [end:fix]
# --8<-- [start:check]
logits = model.model(torch.tensor([[1, 2, 3]])).logits
assert logits.isfinite().all()
# --8<-- [end:check]
