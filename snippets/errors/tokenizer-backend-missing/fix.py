import os
import shutil

from fourbit.tiny import MODEL as ORIGINAL

os.mkdir("quantized")
shutil.copy(ORIGINAL / "config.json", "quantized")
# --8<-- [start:fix]
from transformers import AutoTokenizer

AutoTokenizer.from_pretrained(ORIGINAL).save_pretrained("quantized")
# --8<-- [end:fix]
# --8<-- [start:check]
assert AutoTokenizer.from_pretrained("quantized")("Hello")["input_ids"]
# --8<-- [end:check]
