# /// script
# [tool.fourbit]
# overlays = ["peft", "transformers4"]
# ///
from transformers import AutoModelForCausalLM, BitsAndBytesConfig

from fourbit.tiny import MODEL

model = AutoModelForCausalLM.from_pretrained(
    MODEL, quantization_config=BitsAndBytesConfig(load_in_4bit=True)
)
