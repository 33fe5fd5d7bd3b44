# /// script
# [tool.fourbit]
# overlays = ["awq", "transformers4"]
# ///
# --8<-- [start:fix]
import awq

print("autoawq", awq.__version__)
# --8<-- [end:fix]
# --8<-- [start:check]
assert awq.__version__ == "0.2.9"
# --8<-- [end:check]
