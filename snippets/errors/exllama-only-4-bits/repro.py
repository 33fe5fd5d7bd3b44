# /// script
# [tool.fourbit]
# environment = "autogptq"
# ///
from auto_gptq.nn_modules.qlinear.qlinear_exllama import QuantLinear

QuantLinear(
    bits=3,
    group_size=128,
    infeatures=256,
    outfeatures=256,
    bias=False,
)
