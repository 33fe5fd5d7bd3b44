# --8<-- [start:fix]
from transformers import GPTQConfig

from fourbit import tiny

texts = tiny.documents("docs", "calibration")[:256]
config = GPTQConfig(bits=4, dataset=texts)
# --8<-- [end:fix]
# --8<-- [start:check]
assert config.dataset == texts and len(texts) > 100
# --8<-- [end:check]
