from huggingface_hub import constants
from transformers import AutoConfig

from fourbit.tiny import MODEL

constants.HF_HUB_OFFLINE = True
# --8<-- [start:fix]
folder = MODEL  # a folder, no name
config = AutoConfig.from_pretrained(folder)
# --8<-- [end:fix]
# --8<-- [start:check]
assert config.model_type == "llama"
# --8<-- [end:check]
