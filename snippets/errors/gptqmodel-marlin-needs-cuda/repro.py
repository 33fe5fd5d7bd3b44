# /// script
# [tool.fourbit]
# overlays = ["gptqmodel"]
# ///
import json
import shutil

from gptqmodel import BACKEND, GPTQModel

from fourbit.tiny import MODEL

shutil.copytree(MODEL, "gptq")
with open("gptq/config.json") as file:
    config = json.load(file)
config["quantization_config"] = {
    "quant_method": "gptq",
    "bits": 4,
    "group_size": 64,
}
with open("gptq/config.json", "w") as file:
    json.dump(config, file)
GPTQModel.load("gptq", backend=BACKEND.MARLIN)
