from transformers import AutoTokenizer

from fourbit import tiny

tokenizer = AutoTokenizer.from_pretrained(tiny.MODEL)
# --8<-- [start:fix]
texts = tiny.documents("docs", "calibration")[:128]
examples = [tokenizer(text) for text in texts]
# model.quantize(examples)
# --8<-- [end:fix]
# --8<-- [start:check]
for one in examples:
    assert len(one["input_ids"]) == len(one["attention_mask"]) > 0
# --8<-- [end:check]
