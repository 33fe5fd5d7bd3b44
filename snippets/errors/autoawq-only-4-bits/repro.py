# /// script
# [tool.fourbit]
# overlays = ["awq"]
# ///
from awq.modules.linear import WQLinear_GEMM

WQLinear_GEMM(
    w_bit=8,
    group_size=64,
    in_features=128,
    out_features=128,
    bias=False,
    dev="cpu",
)
