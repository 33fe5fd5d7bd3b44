import torch
from transformers import AutoConfig, AutoModelForCausalLM

from fourbit.tiny import MODEL

config = AutoConfig.from_pretrained(MODEL)
with torch.device("meta"):
    model = AutoModelForCausalLM.from_config(config)
model.to("cpu")
