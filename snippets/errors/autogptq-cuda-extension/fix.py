# /// script
# [tool.fourbit]
# environment = "autogptq"
# ///
# --8<-- [start:fix]
import logging

logging.getLogger("auto_gptq.nn_modules.qlinear").setLevel("ERROR")
import auto_gptq

# --8<-- [end:fix]
# --8<-- [start:check]
assert auto_gptq.__version__
# --8<-- [end:check]
