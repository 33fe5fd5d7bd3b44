from transformers import AutoModelForCausalLM, AutoTokenizer, Trainer
from transformers import TrainingArguments as Arguments

from fourbit.book.drift import prove
from fourbit.tiny import MODEL

model = AutoModelForCausalLM.from_pretrained(MODEL)
tokenizer = AutoTokenizer.from_pretrained(MODEL)
names = {"model": model, "tokenizer": tokenizer}
names |= {"Trainer": Trainer, "TrainingArguments": Arguments}

prove(
    """
transformers 4.57 trainer-tokenizer
Trainer(model=model, tokenizer=tokenizer)
Trainer(model=model, processing_class=tokenizer)

transformers 4.49 trainer-evaluation-strategy
TrainingArguments("out", evaluation_strategy="steps")
TrainingArguments("out", eval_strategy="steps", eval_steps=1)

transformers 4.57 -
TrainingArguments("out", no_cuda=True)
TrainingArguments("out", use_cpu=True)

transformers 4.57 -
TrainingArguments("out", per_gpu_train_batch_size=1)
TrainingArguments("out", per_device_train_batch_size=1)

transformers 4.57 -
TrainingArguments("out", overwrite_output_dir=True)
TrainingArguments("out")

transformers 4.57 -
TrainingArguments("out", push_to_hub_model_id="me/x")
TrainingArguments("out", hub_model_id="me/x")
""",
    names,
)
