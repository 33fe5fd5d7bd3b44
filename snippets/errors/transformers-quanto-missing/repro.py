from transformers import AutoModelForCausalLM, QuantoConfig

from fourbit.tiny import MODEL

config = QuantoConfig(weights="int8")
AutoModelForCausalLM.from_pretrained(MODEL, quantization_config=config)
