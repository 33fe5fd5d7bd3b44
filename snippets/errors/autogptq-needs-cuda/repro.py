# /// script
# [tool.fourbit]
# environment = "autogptq"
# ///
from auto_gptq import AutoGPTQForCausalLM, BaseQuantizeConfig

from fourbit.tiny import MODEL

config = BaseQuantizeConfig(bits=4, group_size=64)
AutoGPTQForCausalLM.from_pretrained(str(MODEL), config)
