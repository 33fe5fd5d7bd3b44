# --8<-- [start:fix]
from transformers import TrainingArguments

arguments = TrainingArguments("out", eval_strategy="steps")
# --8<-- [end:fix]
# --8<-- [start:check]
assert arguments.eval_strategy == "steps"
# --8<-- [end:check]
