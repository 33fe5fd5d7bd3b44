import json
import os

from transformers import AutoModelForCausalLM

os.mkdir("model")
with open("model/config.json", "w") as file:
    json.dump({"model_type": "qwen99"}, file)
AutoModelForCausalLM.from_pretrained("model")
