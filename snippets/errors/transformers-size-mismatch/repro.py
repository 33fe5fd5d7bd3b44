from transformers import AutoModelForCausalLM

from fourbit.tiny import MODEL

AutoModelForCausalLM.from_pretrained(MODEL, vocab_size=600)
