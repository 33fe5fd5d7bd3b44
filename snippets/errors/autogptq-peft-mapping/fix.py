# /// script
# [tool.fourbit]
# environment = "autogptq"
# ///
# --8<-- [start:fix]
import auto_gptq
import peft

print("auto-gptq", auto_gptq.__version__, "and PEFT", peft.__version__)
# --8<-- [end:fix]
# --8<-- [start:check]
assert peft.__version__ == "0.12.0"
# --8<-- [end:check]
