# /// script
# [tool.fourbit]
# environment = "autogptq"
# ///
# --8<-- [start:fix]
from auto_gptq.modeling._const import SUPPORTED_MODELS

wanted = "llama"
print(wanted, "in the table:", wanted in SUPPORTED_MODELS)
# --8<-- [end:fix]
# --8<-- [start:check]
assert "llama" in SUPPORTED_MODELS
assert "bert" not in SUPPORTED_MODELS
# --8<-- [end:check]
