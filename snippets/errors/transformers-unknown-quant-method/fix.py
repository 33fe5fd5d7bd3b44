import json
import shutil

from transformers import AutoModelForCausalLM

from fourbit.tiny import MODEL

shutil.copytree(MODEL, "model")
with open("model/config.json") as file:
    config = json.load(file)
config["quantization_config"] = {"quant_method": "gptqq", "bits": 4}
with open("model/config.json", "w") as file:
    json.dump(config, file)
# --8<-- [start:fix]
with open("model/config.json") as file:
    config = json.load(file)
del config["quantization_config"]
with open("model/config.json", "w") as file:
    json.dump(config, file)
# --8<-- [end:fix]
# --8<-- [start:check]
model = AutoModelForCausalLM.from_pretrained("model")
assert not hasattr(model.config, "quantization_config")
# --8<-- [end:check]
