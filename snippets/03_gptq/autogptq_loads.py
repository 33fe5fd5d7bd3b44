# /// script
# [tool.fourbit]
# environment = "autogptq"
# ///
"""AutoGPTQ's weights are the file's integers x scale, exactly."""

import json
from tempfile import TemporaryDirectory

import numpy as np
import torch
from auto_gptq import AutoGPTQForCausalLM, BaseQuantizeConfig
from safetensors.numpy import load_file, save_file
from transformers import LlamaConfig, LlamaForCausalLM

D, GROUP, rng = 64, 32, np.random.default_rng(0)


def save_random_checkpoint(folder):
    tiny = LlamaConfig(256, D, D, 1, 1)  # vocabulary, widths, 1 block
    tiny.save_pretrained(folder)
    BaseQuantizeConfig(4, GROUP, desc_act=False).save_pretrained(folder)
    file = {}
    for name, weight in LlamaForCausalLM(tiny).state_dict().items():
        if "_proj" not in name:
            file[name] = weight.numpy()
            continue
        at = name.removesuffix("weight")  # below, 2 is D // GROUP
        words = rng.integers(-(2**31), 2**31, (D // 8, D), np.int32)
        file[at + "qweight"] = words
        file[at + "qzeros"] = np.full((2, D // 8), 0x77777777, "i4")
        file[at + "scales"] = np.float16(rng.uniform(0.01, 0.1, (2, D)))
        file[at + "g_idx"] = np.arange(D, dtype=np.int32) // GROUP
    save_file(file, f"{folder}/model.safetensors", {"format": "pt"})


# --8<-- [start:exact]
def weights(file, layer):  # (in, out)
    bit = 4 * np.arange(8)  # eight 4-bit codes in each 32-bit word
    codes = file[layer + ".qweight"][:, None] >> bit[:, None] & 15
    zeros = (file[layer + ".qzeros"][..., None] >> bit & 15) + 1
    group = file[layer + ".g_idx"]  # of each input
    codes = codes.reshape(len(group), -1)
    codes -= zeros.reshape(-1, codes.shape[1])[group]
    return codes * np.float32(file[layer + ".scales"])[group]


with TemporaryDirectory() as folder:
    save_random_checkpoint(folder)
    model = AutoGPTQForCausalLM.from_quantized(
        folder, device="cpu", torch_dtype=torch.float32
    )
    file = load_file(f"{folder}/model.safetensors")
worst, layers = 0.0, [key[:-8] for key in file if ".qweight" in key]
for layer in layers:
    module = model.model.get_submodule(layer)
    theirs = module(torch.eye(module.infeatures)).numpy()
    worst = max(worst, np.abs(theirs - weights(file, layer)).max())
print(f"{len(layers)} layers, largest difference {worst}")
# --8<-- [end:exact]
assert worst == 0
print(json.dumps({"layers": len(layers), "difference": float(worst)}))
