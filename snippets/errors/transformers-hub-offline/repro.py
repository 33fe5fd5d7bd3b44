from huggingface_hub import constants
from transformers import AutoConfig

constants.HF_HUB_OFFLINE = True  # as HF_HUB_OFFLINE=1
AutoConfig.from_pretrained("any/model")
