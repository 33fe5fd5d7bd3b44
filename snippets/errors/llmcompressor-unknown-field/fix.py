# /// script
# [tool.fourbit]
# overlays = ["llmcompressor"]
# ///
# --8<-- [start:fix]
from llmcompressor.modifiers.gptq import GPTQModifier

print(", ".join(GPTQModifier.model_fields))
# --8<-- [end:fix]
# --8<-- [start:check]
recipe = GPTQModifier(
    targets="Linear", scheme="W4A16", dampening_frac=0.1
)
assert recipe.dampening_frac == 0.1
# --8<-- [end:check]
