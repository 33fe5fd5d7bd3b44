from transformers import AutoTokenizer

from fourbit.tiny import MODEL

tokenizer = AutoTokenizer.from_pretrained(MODEL)
tokenizer(["one", "a longer text"], return_tensors="pt")
