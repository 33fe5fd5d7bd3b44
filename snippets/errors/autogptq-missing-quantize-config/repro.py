# /// script
# [tool.fourbit]
# environment = "autogptq"
# ///
from auto_gptq import AutoGPTQForCausalLM

AutoGPTQForCausalLM.from_pretrained("any/model")
