# /// script
# [tool.fourbit]
# overlays = ["llmcompressor"]
# ///
from llmcompressor.modifiers.gptq import GPTQModifier

GPTQModifier(targets="Linear", scheme="W4A16", dampening=0.1)
