from transformers import AutoTokenizer

from fourbit.tiny import MODEL

tokenizer = AutoTokenizer.from_pretrained(MODEL)
limit = tokenizer.model_max_length
tokenizer("some text", truncation=True, max_length=limit)
