# /// script
# [tool.fourbit]
# overlays = ["awq"]
# ///
from awq import AutoAWQForCausalLM
from transformers import AutoTokenizer

from fourbit.tiny import MODEL

model = AutoAWQForCausalLM.from_pretrained(str(MODEL), device_map="cpu")
tokenizer = AutoTokenizer.from_pretrained(MODEL)
settings = {
    "zero_point": True,
    "q_group_size": 64,
    "w_bit": 4,
    "version": "GEMM",
}
model.quantize(
    tokenizer,
    quant_config=settings,
    calib_data=["hello world " * 200] * 16,
    max_calib_seq_len=64,
)
