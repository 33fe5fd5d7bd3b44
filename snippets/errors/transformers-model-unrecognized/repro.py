import os

from transformers import AutoConfig

os.mkdir("model")
with open("model/config.json", "w") as file:
    file.write('{"hidden_size": 256}')
AutoConfig.from_pretrained("model")
