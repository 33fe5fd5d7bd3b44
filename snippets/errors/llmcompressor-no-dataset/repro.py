# /// script
# [tool.fourbit]
# overlays = ["llmcompressor"]
# ///
from llmcompressor import oneshot
from llmcompressor.modifiers.gptq import GPTQModifier
from transformers import AutoModelForCausalLM, AutoTokenizer

from fourbit.tiny import MODEL

model = AutoModelForCausalLM.from_pretrained(MODEL)
tokenizer = AutoTokenizer.from_pretrained(MODEL)
recipe = GPTQModifier(
    targets=["re:.*layers.0.mlp.down_proj"], scheme="W4A16"
)
oneshot(model=model, recipe=recipe)
