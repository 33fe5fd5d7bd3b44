from datasets import Dataset
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    DataCollatorForLanguageModeling,
    Trainer,
    TrainingArguments,
)

from fourbit.tiny import MODEL

tokenizer = AutoTokenizer.from_pretrained(MODEL)
tokenizer.pad_token = tokenizer.eos_token
rows = Dataset.from_dict({"text": ["some text", "more of it"]})
# --8<-- [start:fix]
rows = rows.map(
    lambda batch: tokenizer(batch["text"]),
    batched=True,
    remove_columns="text",
)
trainer = Trainer(
    model=AutoModelForCausalLM.from_pretrained(MODEL),
    args=TrainingArguments(
        "out", use_cpu=True, report_to=[], max_steps=1
    ),
    train_dataset=rows,
    data_collator=DataCollatorForLanguageModeling(tokenizer, mlm=False),
)
# --8<-- [end:fix]
# --8<-- [start:check]
assert trainer.train().training_loss > 0
# --8<-- [end:check]
