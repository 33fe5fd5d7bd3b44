# /// script
# [tool.fourbit]
# overlays = ["awq"]
# ///
from awq.utils.calib_data import get_calib_dataset
from transformers import AutoTokenizer

from fourbit.tiny import MODEL

tokenizer = AutoTokenizer.from_pretrained(MODEL)
# --8<-- [start:fix]
words = ("hello world " * 200).split()
pieces = [" ".join(words[i : i + 20]) for i in range(0, 400, 20)]
blocks = get_calib_dataset(
    data=pieces, tokenizer=tokenizer, max_seq_len=64
)
# --8<-- [end:fix]
# --8<-- [start:check]
assert blocks and all(block.shape == (1, 64) for block in blocks)
# --8<-- [end:check]
