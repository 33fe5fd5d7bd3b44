# /// script
# [tool.fourbit]
# environment = "autogptq"
# ///
# --8<-- [start:fix]
from auto_gptq import AutoGPTQForCausalLM, BaseQuantizeConfig

config = BaseQuantizeConfig(bits=4, group_size=128)
arguments = ("any/model", config)
# model = AutoGPTQForCausalLM.from_pretrained(*arguments)
# --8<-- [end:fix]
# --8<-- [start:check]
from inspect import signature

signature(AutoGPTQForCausalLM.from_pretrained).bind(*arguments)
# --8<-- [end:check]
