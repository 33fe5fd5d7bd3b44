# /// script
# [tool.fourbit]
# overlays = ["llmcompressor"]
# ///
from llmcompressor.modifiers.quantization import QuantizationModifier

QuantizationModifier(targets="Linear", scheme="W4A17")
