# /// script
# [tool.fourbit]
# overlays = ["gptqmodel"]
# ///
import os

os.environ["GPTQMODEL_CPU_WORKERS"] = "1"  # as on two cores
from gptqmodel import GPTQModel, QuantizeConfig

from fourbit.tiny import MODEL

settings = QuantizeConfig(bits=4, group_size=64)
model = GPTQModel.load(str(MODEL), settings, device="cpu")
model.quantize(["The river rises in the hills. " * 8] * 8)
