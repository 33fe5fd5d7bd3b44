# /// script
# [tool.fourbit]
# environment = "autogptq"
# ///
import torch
from auto_gptq import AutoGPTQForCausalLM, BaseQuantizeConfig
from transformers import LlamaConfig, LlamaForCausalLM

config = LlamaConfig(64, 64, 128, 1, 4)
LlamaForCausalLM(config).save_pretrained("model")
torch.cuda.is_available = lambda: True  # only to get past that check
config = BaseQuantizeConfig(bits=4, group_size=64)
model = AutoGPTQForCausalLM.from_pretrained("model", config)
model.quantize(["Some text."])
