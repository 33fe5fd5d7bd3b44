# /// script
# [tool.fourbit]
# environment = "autogptq"
# ///
from transformers import LlamaConfig, LlamaForCausalLM

config = LlamaConfig(
    hidden_size=64,
    intermediate_size=128,
    num_hidden_layers=1,
    num_attention_heads=2,
    vocab_size=100,
)
LlamaForCausalLM(config).save_pretrained("model")
# --8<-- [start:fix]
model = LlamaForCausalLM.from_pretrained("model")
model.save_pretrained("out")
# --8<-- [end:fix]
# --8<-- [start:check]
import os

assert "model.safetensors" in os.listdir("out")
# --8<-- [end:check]
