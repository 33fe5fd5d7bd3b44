# /// script
# [tool.fourbit]
# environment = "autogptq"
# ///
# --8<-- [start:fix]
from auto_gptq import BaseQuantizeConfig

settings = BaseQuantizeConfig(bits=4, group_size=128)
# --8<-- [end:fix]
# --8<-- [start:check]
assert (settings.bits, settings.group_size) == (4, 128)
# --8<-- [end:check]
