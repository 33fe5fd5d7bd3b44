from datasets import Dataset
from transformers import AutoTokenizer

from fourbit.tiny import MODEL

tokenizer = AutoTokenizer.from_pretrained(MODEL)
rows = Dataset.from_dict({"text": ["one text", "another"]})
tokenizer(rows["text"])
