from datasets import Dataset
from transformers import (
    AutoModelForCausalLM,
    Trainer,
    TrainingArguments,
)

from fourbit.tiny import MODEL

trainer = Trainer(
    model=AutoModelForCausalLM.from_pretrained(MODEL),
    args=TrainingArguments("out", use_cpu=True, report_to=[]),
    train_dataset=Dataset.from_dict({"text": ["some text"]}),
)
trainer.train()
