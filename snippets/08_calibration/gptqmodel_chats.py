# /// script
# [tool.fourbit]
# tier = "checked"
# reason = "GPTQModel compiles extensions; a real model needs a GPU"
# api = ["gptqmodel==7.7.0"]
# ///
"""Calibrate with GPTQModel on chats, in full windows."""

# --8<-- [start:main]
import json
from pathlib import Path

from gptqmodel import GPTQModel, QuantizeConfig

# Each line: {"messages": [{"role": "user", "content": ...}, ...]}
lines = Path("chats.jsonl").read_text().splitlines()

model = GPTQModel.load(
    "Qwen/Qwen3-0.6B", QuantizeConfig(bits=4, group_size=128)
)
model.quantize(
    [json.loads(line) for line in lines],  # the template is applied
    calibration_concat_size=2048,  # join them, then cut windows
    batch_size=1,
)
model.save("Qwen3-0.6B-gptq")
# --8<-- [end:main]
