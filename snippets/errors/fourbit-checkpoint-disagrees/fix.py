import shutil

from fourbit.tiny import MODEL

shutil.copytree(MODEL, "model")
# --8<-- [start:fix]
import json

from safetensors import safe_open

with open("model/config.json") as file:
    config = json.load(file)
with safe_open("model/model.safetensors", "pt") as file:
    name = "model.layers.0.mlp.gate_proj.weight"
    rows, columns = file.get_slice(name).get_shape()
print("weights:", rows, "config:", config["intermediate_size"])
# --8<-- [end:fix]
# --8<-- [start:check]
from pathlib import Path

from fourbit.gguf import plan

assert rows == config["intermediate_size"]
plan.read(Path("model"))
# --8<-- [end:check]
