# /// script
# [tool.fourbit]
# environment = "autogptq"
# ///
# --8<-- [start:fix]
from auto_gptq.nn_modules.qlinear.qlinear_cuda_old import QuantLinear

layer = QuantLinear(
    bits=8,
    group_size=128,
    infeatures=256,
    outfeatures=256,
    bias=False,
)
# --8<-- [end:fix]
# --8<-- [start:check]
assert layer.qweight.shape == (64, 256)  # four codes in an int32
# --8<-- [end:check]
