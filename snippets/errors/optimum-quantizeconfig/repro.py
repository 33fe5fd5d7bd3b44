# /// script
# [tool.fourbit]
# overlays = ["optimum"]
# ///
from transformers import AutoModelForCausalLM, GPTQConfig

from fourbit.tiny import MODEL

config = GPTQConfig(bits=4, dataset=["some text"], tokenizer=MODEL)
AutoModelForCausalLM.from_pretrained(MODEL, quantization_config=config)
