from transformers import AutoModelForCausalLM

from fourbit.tiny import MODEL

AutoModelForCausalLM.from_pretrained(
    MODEL, attn_implementation="flash_attention_2"
)
