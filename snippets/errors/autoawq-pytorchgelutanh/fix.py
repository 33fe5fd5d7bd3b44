# /// script
# [tool.fourbit]
# overlays = ["awq", "transformers4"]
# ///
# --8<-- [start:fix]
import awq
import transformers

print("autoawq", awq.__version__, end=" ")
print("works with transformers", transformers.__version__)
# --8<-- [end:fix]
# --8<-- [start:check]
assert transformers.__version__ == "4.51.3"
# --8<-- [end:check]
