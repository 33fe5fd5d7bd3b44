# /// script
# [tool.fourbit]
# overlays = ["llmcompressor"]
# ///
from llmcompressor import oneshot
from llmcompressor.modifiers.quantization import QuantizationModifier
from transformers import AutoModelForCausalLM

from fourbit.tiny import MODEL

model = AutoModelForCausalLM.from_pretrained(MODEL)
oneshot(model=model, recipe=QuantizationModifier(targets="Linear"))
