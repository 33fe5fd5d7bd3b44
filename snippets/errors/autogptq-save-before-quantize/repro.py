# /// script
# [tool.fourbit]
# environment = "autogptq"
# ///
import torch

torch.cuda.is_available = lambda: True  # AutoGPTQ's own check
from auto_gptq import AutoGPTQForCausalLM, BaseQuantizeConfig
from transformers import LlamaConfig, LlamaForCausalLM

config = LlamaConfig(
    hidden_size=64,
    intermediate_size=128,
    num_hidden_layers=1,
    num_attention_heads=2,
    vocab_size=100,
)
LlamaForCausalLM(config).save_pretrained("model")

model = AutoGPTQForCausalLM.from_pretrained(
    "model", BaseQuantizeConfig(bits=4, group_size=64)
)
model.save_quantized("out")
