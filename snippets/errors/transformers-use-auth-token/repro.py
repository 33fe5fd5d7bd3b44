from transformers import AutoModelForCausalLM

from fourbit.tiny import MODEL

AutoModelForCausalLM.from_pretrained(MODEL, use_auth_token="hf_x")
