# /// script
# [tool.fourbit]
# overlays = ["llmcompressor"]
# ///
from llmcompressor import oneshot
from llmcompressor.modifiers.quantization import QuantizationModifier
from transformers import AutoModelForCausalLM

from fourbit.tiny import MODEL

model = AutoModelForCausalLM.from_pretrained(MODEL)
# --8<-- [start:fix]
recipe = QuantizationModifier(
    targets="Linear", scheme="W4A16", ignore=["lm_head"]
)
oneshot(model=model, recipe=recipe)
# --8<-- [end:fix]
# --8<-- [start:check]
layer = model.model.layers[0].mlp.up_proj
assert layer.quantization_scheme.weights.num_bits == 4
# --8<-- [end:check]
