# /// script
# [tool.fourbit]
# environment = "autogptq"
# ///
import json
import shutil

from auto_gptq import AutoGPTQForCausalLM

from fourbit.tiny import MODEL

shutil.copytree(MODEL, "checkpoint")
settings = {"bits": 4, "group_size": 64, "desc_act": False}
with open("checkpoint/quantize_config.json", "w") as file:
    json.dump(settings, file)
AutoGPTQForCausalLM.from_quantized(
    "checkpoint",
    device="cpu",
    model_basename="gptq_model-4bit-128g",
    use_safetensors=True,
)
