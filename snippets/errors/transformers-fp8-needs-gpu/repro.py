from transformers import AutoModelForCausalLM, FineGrainedFP8Config

from fourbit.tiny import MODEL

config = FineGrainedFP8Config()
AutoModelForCausalLM.from_pretrained(MODEL, quantization_config=config)
