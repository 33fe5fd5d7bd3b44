# --8<-- [start:fix]
from transformers import BitsAndBytesConfig

config = BitsAndBytesConfig(load_in_4bit=True)
# --8<-- [end:fix]
# --8<-- [start:check]
assert config.load_in_4bit and not config.load_in_8bit
# --8<-- [end:check]
