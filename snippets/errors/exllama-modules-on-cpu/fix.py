# /// script
# [tool.fourbit]
# overlays = ["autogptq", "transformers4"]
# ///
import json
import shutil

from transformers import AutoModelForCausalLM

from fourbit.tiny import MODEL

shutil.copytree(MODEL, "gptq")
with open("gptq/config.json") as file:
    config = json.load(file)
config["quantization_config"] = {
    "quant_method": "gptq",
    "bits": 4,
    "group_size": 64,
    "desc_act": False,
}
with open("gptq/config.json", "w") as file:
    json.dump(config, file)
# --8<-- [start:fix]
from transformers import GPTQConfig

settings = GPTQConfig(bits=4, use_exllama=False)
model = AutoModelForCausalLM.from_pretrained(
    "gptq", quantization_config=settings
)
# --8<-- [end:fix]
# --8<-- [start:check]
layer = model.model.layers[0].mlp.up_proj
assert layer.qweight.device.type == "cpu"
# --8<-- [end:check]
