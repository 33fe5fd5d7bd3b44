# /// script
# [tool.fourbit]
# overlays = ["convert"]
# ///
import json
from pathlib import Path

from transformers import AutoModelForCausalLM

from fourbit.tiny import MODEL

model = AutoModelForCausalLM.from_pretrained(MODEL)
model.save_pretrained("model", max_shard_size="6MB")
# --8<-- [start:fix]
folder = Path("model")
index = folder / "model.safetensors.index.json"
wanted = set(json.loads(index.read_text())["weight_map"].values())
missing = [name for name in wanted if not (folder / name).exists()]
print("missing:", *missing)
# --8<-- [end:fix]
# --8<-- [start:check]
assert not missing and len(wanted) > 1
AutoModelForCausalLM.from_pretrained("model")
# --8<-- [end:check]
