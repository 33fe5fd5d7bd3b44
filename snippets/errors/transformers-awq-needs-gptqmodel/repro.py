import json
import shutil

from transformers import AutoModelForCausalLM

from fourbit.tiny import MODEL

shutil.copytree(MODEL, "awq")
with open("awq/config.json") as file:
    config = json.load(file)
config["quantization_config"] = {
    "quant_method": "awq",
    "bits": 4,
    "group_size": 64,
    "zero_point": True,
    "version": "gemm",
}
with open("awq/config.json", "w") as file:
    json.dump(config, file)
AutoModelForCausalLM.from_pretrained("awq")
