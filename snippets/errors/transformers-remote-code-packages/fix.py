import json
import os

os.mkdir("model")
settings = {"auto_map": {"AutoConfig": "mine.MyConfig"}}
with open("model/config.json", "w") as file:
    json.dump(settings | {"model_type": "mine"}, file)
with open("model/mine.py", "w") as file:
    file.write("""
from transformers import PreTrainedConfig
import flash_attn


class MyConfig(PreTrainedConfig):
    model_type = "mine"
""")
# --8<-- [start:fix]
from pathlib import Path

guarded = "try:\n    import flash_attn\nexcept ImportError:\n    pass"
file = Path("model/mine.py")
text = file.read_text().replace("import flash_attn", guarded)
file.write_text(text)
# --8<-- [end:fix]
# --8<-- [start:check]
from transformers import AutoConfig

config = AutoConfig.from_pretrained("model", trust_remote_code=True)
assert type(config).__name__ == "MyConfig"
# --8<-- [end:check]
