# /// script
# [tool.fourbit]
# overlays = ["peft"]
# ///
from peft import (
    LoraConfig,
    get_peft_model,
    prepare_model_for_kbit_training,
)
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
# --8<-- [start:fix]
model = get_peft_model(
    prepare_model_for_kbit_training(model),
    LoraConfig(r=4, target_modules=["q_proj", "v_proj"]),
)
trainer = Trainer(
    model=model,
    args=TrainingArguments("out", use_cpu=True),
    train_dataset=[{"input_ids": [1, 2], "labels": [1, 2]}],
)
# --8<-- [end:fix]
# --8<-- [start:check]
learns = [n for n, w in model.named_parameters() if w.requires_grad]
assert learns and all("lora" in name for name in learns)
# --8<-- [end:check]
