# /// script
# [tool.fourbit]
# overlays = ["llmcompressor"]
# ///
# --8<-- [start:fix]
from compressed_tensors.quantization import quant_scheme

print(", ".join(sorted(quant_scheme.PRESET_SCHEMES)))
# --8<-- [end:fix]
# --8<-- [start:check]
from llmcompressor.modifiers.quantization import QuantizationModifier

assert "W4A16" in quant_scheme.PRESET_SCHEMES
QuantizationModifier(targets="Linear", scheme="W4A16")
# --8<-- [end:check]
