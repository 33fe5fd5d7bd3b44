# /// script
# [tool.fourbit]
# overlays = ["gptqmodel"]
# ///
from gptqmodel import QuantizeConfig

QuantizeConfig(bits=4, group_size=0)
