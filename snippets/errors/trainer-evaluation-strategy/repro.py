from transformers import TrainingArguments

TrainingArguments("out", evaluation_strategy="steps")
