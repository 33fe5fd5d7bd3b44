import json
import os

from transformers import AutoConfig

os.mkdir("model")
settings = {"auto_map": {"AutoConfig": "mine.MyConfig"}}
with open("model/config.json", "w") as file:
    json.dump(settings | {"model_type": "mine"}, file)
with open("model/mine.py", "w") as file:
    file.write("import flash_attn")
AutoConfig.from_pretrained("model", trust_remote_code=True)
