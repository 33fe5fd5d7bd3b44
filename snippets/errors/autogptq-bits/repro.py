# /// script
# [tool.fourbit]
# environment = "autogptq"
# ///
from auto_gptq import BaseQuantizeConfig

BaseQuantizeConfig(bits=5)
