from datasets import Dataset, load_dataset

Dataset.from_dict({"text": ["some text"]}).save_to_disk("rows")
load_dataset("rows")
