from transformers import BitsAndBytesConfig

BitsAndBytesConfig(load_in_4bit=True, load_in_8bit=True)
