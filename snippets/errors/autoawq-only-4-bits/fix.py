# /// script
# [tool.fourbit]
# overlays = ["awq"]
# ///
# --8<-- [start:fix]
from awq.modules.linear import WQLinear_GEMM

layer = WQLinear_GEMM(
    w_bit=4,
    group_size=64,
    in_features=128,
    out_features=128,
    bias=False,
    dev="cpu",
)
# --8<-- [end:fix]
# --8<-- [start:check]
assert layer.qweight.shape == (128, 16)  # eight codes in an int32
# --8<-- [end:check]
