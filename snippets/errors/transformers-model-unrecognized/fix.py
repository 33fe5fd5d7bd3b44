import os
import shutil

from transformers import AutoConfig

from fourbit.tiny import MODEL as ORIGINAL

os.mkdir("model")
with open("model/config.json", "w") as file:
    file.write('{"hidden_size": 256}')
# --8<-- [start:fix]
shutil.copy(ORIGINAL / "config.json", "model")
# --8<-- [end:fix]
# --8<-- [start:check]
assert AutoConfig.from_pretrained("model").model_type == "llama"
# --8<-- [end:check]
