from transformers import AutoModelForCausalLM, AutoTokenizer, Trainer

from fourbit.tiny import MODEL

model = AutoModelForCausalLM.from_pretrained(MODEL)
tokenizer = AutoTokenizer.from_pretrained(MODEL)
Trainer(model=model, tokenizer=tokenizer)
