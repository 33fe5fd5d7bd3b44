# --8<-- [start:fix]
from importlib.metadata import distributions

import numpy

print("NumPy", numpy.__version__)
for one in distributions():
    wanted = [r for r in one.requires or () if r[:5] == "numpy"]
    print(one.name, one.version, *wanted[:1])
# --8<-- [end:fix]
# --8<-- [start:check]
import torch

assert torch.ones(2).numpy().sum() == 2
# --8<-- [end:check]
