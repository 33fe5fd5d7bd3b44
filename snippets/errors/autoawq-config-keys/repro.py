# /// script
# [tool.fourbit]
# overlays = ["awq"]
# ///
from awq import AutoAWQForCausalLM
from transformers import AutoTokenizer

from fourbit.tiny import MODEL

model = AutoAWQForCausalLM.from_pretrained(str(MODEL), device_map="cpu")
tokenizer = AutoTokenizer.from_pretrained(MODEL)
settings = {"bits": 4, "group_size": 64}
model.quantize(tokenizer, quant_config=settings, calib_data=["text"])
