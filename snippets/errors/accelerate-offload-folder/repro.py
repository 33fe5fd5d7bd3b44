from accelerate import dispatch_model
from transformers import AutoModelForCausalLM

from fourbit.tiny import MODEL

model = AutoModelForCausalLM.from_pretrained(MODEL)
dispatch_model(model, {"": "disk"})
