# /// script
# [tool.fourbit]
# environment = "autogptq"
# ///
import json
import os

from auto_gptq import AutoGPTQForCausalLM, BaseQuantizeConfig

os.mkdir("model")
with open("model/config.json", "w") as file:
    json.dump({"model_type": "bert"}, file)
settings = BaseQuantizeConfig(bits=4, group_size=64)
AutoGPTQForCausalLM.from_pretrained("model", settings)
