import json
import shutil

from transformers import AutoModelForCausalLM

from fourbit.tiny import MODEL

shutil.copytree(MODEL, "model")
with open("model/config.json") as file:
    config = json.load(file)
config["quantization_config"] = {"quant_method": "compressed-tensors"}
with open("model/config.json", "w") as file:
    json.dump(config, file)
AutoModelForCausalLM.from_pretrained("model")
