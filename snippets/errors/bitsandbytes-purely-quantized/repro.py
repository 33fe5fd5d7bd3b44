# /// script
# [tool.fourbit]
# overlays = ["peft"]
# ///
from transformers import (
    AutoModelForCausalLM,
    BitsAndBytesConfig,
    Trainer,
    TrainingArguments,
)

from fourbit.tiny import MODEL

model = AutoModelForCausalLM.from_pretrained(
    MODEL, quantization_config=BitsAndBytesConfig(load_in_4bit=True)
)
Trainer(model=model, args=TrainingArguments("out", use_cpu=True))
