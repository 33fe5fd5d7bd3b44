# /// script
# [tool.fourbit]
# overlays = ["llmcompressor"]
# ///
# --8<-- [start:fix]
from llmcompressor import oneshot
from transformers import AutoModelForCausalLM

from fourbit.tiny import MODEL

model = AutoModelForCausalLM.from_pretrained(MODEL)
# --8<-- [end:fix]
# --8<-- [start:check]
assert callable(oneshot)
# --8<-- [end:check]
