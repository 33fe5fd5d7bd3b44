import json
import os

os.mkdir("model")
settings = {"auto_map": {"AutoConfig": "mine.MyConfig"}}
with open("model/config.json", "w") as file:
    json.dump(settings | {"model_type": "mine"}, file)
with open("model/mine.py", "w") as file:
    file.write("""
from transformers import PreTrainedConfig


class MyConfig(PreTrainedConfig):
    model_type = "mine"
""")
# --8<-- [start:fix]
from transformers import AutoConfig

config = AutoConfig.from_pretrained(
    "model", trust_remote_code=True, revision="main"
)
# --8<-- [end:fix]
# --8<-- [start:check]
assert type(config).__name__ == "MyConfig"
# --8<-- [end:check]
