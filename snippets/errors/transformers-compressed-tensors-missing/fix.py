# /// script
# [tool.fourbit]
# overlays = ["llmcompressor"]
# ///
# --8<-- [start:fix]
from transformers import CompressedTensorsConfig

config = CompressedTensorsConfig(format="pack-quantized")
# --8<-- [end:fix]
# --8<-- [start:check]
assert config.quant_method == "compressed-tensors"
# --8<-- [end:check]
