from transformers import AutoModelForCausalLM, AutoTokenizer, Trainer

from fourbit.tiny import MODEL

model = AutoModelForCausalLM.from_pretrained(MODEL)
tokenizer = AutoTokenizer.from_pretrained(MODEL)
# --8<-- [start:fix]
trainer = Trainer(model=model, processing_class=tokenizer)
# --8<-- [end:fix]
# --8<-- [start:check]
assert trainer.processing_class is tokenizer
# --8<-- [end:check]
