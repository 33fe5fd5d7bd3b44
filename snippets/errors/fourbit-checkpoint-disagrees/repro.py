import json
import shutil
from pathlib import Path

from fourbit.gguf import plan
from fourbit.tiny import MODEL

shutil.copytree(MODEL, "model")
config = json.loads((MODEL / "config.json").read_text())
config["intermediate_size"] += 32
Path("model/config.json").write_text(json.dumps(config))
plan.read(Path("model"))
