# /// script
# [tool.fourbit]
# environment = "autogptq"
# ///
# --8<-- [start:fix]
import auto_gptq
import transformers

print("auto-gptq", auto_gptq.__version__, end=" ")
print("works with transformers", transformers.__version__)
# --8<-- [end:fix]
# --8<-- [start:check]
assert transformers.__version__.startswith("4.43")
# --8<-- [end:check]
