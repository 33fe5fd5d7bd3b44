import json
import os

from transformers import AutoConfig

os.mkdir("model")
settings = {"auto_map": {"AutoConfig": "mine.MyConfig"}}
with open("model/config.json", "w") as file:
    json.dump(settings | {"model_type": "mine"}, file)
AutoConfig.from_pretrained("model")
