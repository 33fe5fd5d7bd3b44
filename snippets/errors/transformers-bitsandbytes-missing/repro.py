from transformers import AutoModelForCausalLM, BitsAndBytesConfig

from fourbit.tiny import MODEL

config = BitsAndBytesConfig(load_in_4bit=True)
AutoModelForCausalLM.from_pretrained(MODEL, quantization_config=config)
