# /// script
# [tool.fourbit]
# environment = "autogptq"
# ///
import json
import os
from pathlib import Path

os.mkdir("checkpoint")
settings = {"bits": 4, "group_size": 64, "desc_act": False}
Path("checkpoint/config.json").write_text(
    json.dumps({"quantization_config": settings})
)
# --8<-- [start:fix]
folder = Path("checkpoint")
config = json.loads((folder / "config.json").read_text())
found = config["quantization_config"]
names = ("bits", "group_size", "desc_act", "sym", "damp_percent")
kept = {name: found[name] for name in names if name in found}
(folder / "quantize_config.json").write_text(json.dumps(kept))
# --8<-- [end:fix]
# --8<-- [start:check]
from auto_gptq import BaseQuantizeConfig

assert BaseQuantizeConfig.from_pretrained("checkpoint").bits == 4
# --8<-- [end:check]
