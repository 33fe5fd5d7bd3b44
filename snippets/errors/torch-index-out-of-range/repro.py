from transformers import AutoModelForCausalLM, AutoTokenizer

from fourbit.tiny import MODEL

model = AutoModelForCausalLM.from_pretrained(MODEL)
tokenizer = AutoTokenizer.from_pretrained(MODEL)
tokenizer.add_special_tokens({"pad_token": "[PAD]"})
batch = tokenizer(["a", "b c"], padding=True, return_tensors="pt")
model(**batch)
