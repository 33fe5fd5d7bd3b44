# /// script
# [tool.fourbit]
# overlays = ["quantizers"]
# ///
# --8<-- [start:fix]
from transformers import AutoModelForCausalLM, QuantoConfig

from fourbit.tiny import MODEL

settings = QuantoConfig(weights="int8")
model = AutoModelForCausalLM.from_pretrained(
    MODEL, quantization_config=settings
)
# --8<-- [end:fix]
# --8<-- [start:check]
assert type(model.model.layers[0].mlp.up_proj).__name__ == "QLinear"
# --8<-- [end:check]
