# /// script
# [tool.fourbit]
# overlays = ["awq"]
# ///
# --8<-- [start:fix]
from awq.models._config import AwqConfig

settings = {
    "w_bit": 4,
    "q_group_size": 64,
    "zero_point": True,
    "version": "GEMM",
}
config = AwqConfig.from_dict(settings)
# --8<-- [end:fix]
# --8<-- [start:check]
assert (config.w_bit, config.q_group_size) == (4, 64)
# --8<-- [end:check]
