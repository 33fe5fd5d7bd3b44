import shutil

from fourbit.tiny import MODEL

shutil.copytree(MODEL, "model")
# --8<-- [start:fix]
import json

with open("model/tokenizer_config.json") as file:
    config = json.load(file)
config["tokenizer_class"] = "PreTrainedTokenizerFast"
with open("model/tokenizer_config.json", "w") as file:
    json.dump(config, file, indent=2)
# --8<-- [end:fix]
# --8<-- [start:check]
from transformers import AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("model")
assert tokenizer.decode(tokenizer("some text").input_ids)
# --8<-- [end:check]
