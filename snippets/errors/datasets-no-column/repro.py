from datasets import Dataset

rows = Dataset.from_dict({"content": ["print(1)"]})
rows["text"]
