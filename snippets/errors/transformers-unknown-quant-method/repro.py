import json
import shutil

from transformers import AutoModelForCausalLM, logging

from fourbit.tiny import MODEL

shutil.copytree(MODEL, "model")
with open("model/config.json") as file:
    config = json.load(file)
config["quantization_config"] = {"quant_method": "gptqq", "bits": 4}
with open("model/config.json", "w") as file:
    json.dump(config, file)
logging.set_verbosity_warning()  # the default
AutoModelForCausalLM.from_pretrained("model")
