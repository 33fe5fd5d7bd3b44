import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from fourbit.engine.checkpoint.shards import ShardReader
from fourbit.tiny import MODEL

shutil.copytree(MODEL, "model")
weights = load_file("model/model.safetensors")
weights["scale"] = torch.ones(4).to(torch.float8_e8m0fnu)
save_file(weights, "model/model.safetensors")
ShardReader(Path("model"))
