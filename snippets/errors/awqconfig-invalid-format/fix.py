# --8<-- [start:fix]
from transformers import AwqConfig

config = AwqConfig(bits=4, version="gemm")
# --8<-- [end:fix]
# --8<-- [start:check]
assert config.bits == 4
# --8<-- [end:check]
