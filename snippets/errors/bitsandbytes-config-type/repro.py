from transformers import BitsAndBytesConfig

BitsAndBytesConfig(load_in_4bit="true")
