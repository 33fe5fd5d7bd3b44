import os
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM

from fourbit.gguf.convert import convert
from fourbit.tiny import MODEL

os.mkdir("folder")
convert(MODEL, Path("folder/model.gguf"), "Q8_0")
model = AutoModelForCausalLM.from_pretrained(
    "folder", gguf_file="model.gguf"
)
# --8<-- [start:fix]
model.hf_quantizer = None
del model.config.quantization_config
model.save_pretrained("saved")
# --8<-- [end:fix]
# --8<-- [start:check]
again = AutoModelForCausalLM.from_pretrained("saved")
assert torch.equal(again.lm_head.weight, model.lm_head.weight)
# --8<-- [end:check]
