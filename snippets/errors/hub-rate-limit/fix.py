from huggingface_hub import constants

from fourbit.tiny import MODEL

# --8<-- [start:fix]
# before the job: hf download any/model --local-dir model
constants.HF_HUB_OFFLINE = True  # in each job: HF_HUB_OFFLINE=1
from transformers import AutoConfig

config = AutoConfig.from_pretrained(MODEL)  # the folder
# --8<-- [end:fix]
# --8<-- [start:check]
assert config.model_type == "llama"
# --8<-- [end:check]
