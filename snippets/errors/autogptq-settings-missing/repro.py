# /// script
# [tool.fourbit]
# environment = "autogptq"
# ///
from auto_gptq import AutoGPTQForCausalLM

from fourbit.tiny import MODEL

AutoGPTQForCausalLM.from_quantized(str(MODEL), device="cpu")
