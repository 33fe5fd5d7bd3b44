# /// script
# [tool.fourbit]
# overlays = ["gptqmodel"]
# ///
# --8<-- [start:fix]
import gptqmodel
from optimum.gptq import GPTQQuantizer

quantizer = GPTQQuantizer(bits=4, dataset=["some text"])
# --8<-- [end:fix]
# --8<-- [start:check]
assert gptqmodel.__version__ and quantizer.bits == 4
# --8<-- [end:check]
