from huggingface_hub import constants

from fourbit.tiny import MODEL

constants.HF_HUB_OFFLINE = True
# --8<-- [start:fix]
from transformers import AutoModelForCausalLM, AutoTokenizer

folder = MODEL  # snapshot_download("any/model"), done before
model = AutoModelForCausalLM.from_pretrained(folder)
tokenizer = AutoTokenizer.from_pretrained(folder)
# --8<-- [end:fix]
# --8<-- [start:check]
assert len(tokenizer) == model.config.vocab_size
# --8<-- [end:check]
