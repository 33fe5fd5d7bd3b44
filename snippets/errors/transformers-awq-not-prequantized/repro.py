from transformers import AutoModelForCausalLM, AwqConfig

from fourbit.tiny import MODEL

config = AwqConfig(bits=4)
AutoModelForCausalLM.from_pretrained(MODEL, quantization_config=config)
