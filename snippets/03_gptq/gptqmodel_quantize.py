# /// script
# [tool.fourbit]
# tier = "checked"
# reason = "GPTQModel compiles extensions; a real model needs a GPU"
# api = ["gptqmodel==7.7.0"]
# ///
"""Quantize a model with GPTQModel."""

# --8<-- [start:quantize]
from pathlib import Path

from gptqmodel import GPTQModel, QuantizeConfig

# Left at their defaults: symmetric codes, as vLLM's kernel wants them,
# and act-order inside groups, which costs nothing when the model runs.
config = QuantizeConfig(bits=4, group_size=128)
model = GPTQModel.load("Qwen/Qwen3-0.6B", config)

# One document per string, from the texts that the model will meet.
documents = Path("calibration.txt").read_text().split("\n\n")
model.quantize(
    documents,
    calibration_concat_size=2048,  # join them, then cut full windows
    batch_size=1,  # raise it until memory is full
)
model.save("Qwen3-0.6B-gptq")
# --8<-- [end:quantize]
