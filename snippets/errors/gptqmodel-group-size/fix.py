# /// script
# [tool.fourbit]
# overlays = ["gptqmodel"]
# ///
# --8<-- [start:fix]
from gptqmodel import QuantizeConfig

widths = [576, 1536]
sizes = [128, 64, 32, 16]
best = next(g for g in sizes if all(w % g == 0 for w in widths))
settings = QuantizeConfig(bits=4, group_size=best)
# --8<-- [end:fix]
# --8<-- [start:check]
assert settings.group_size == 64
# --8<-- [end:check]
