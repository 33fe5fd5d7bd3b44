from transformers import AutoModelForCausalLM

from fourbit.tiny import MODEL

AutoModelForCausalLM.from_pretrained(MODEL, load_in_4bit=True)
