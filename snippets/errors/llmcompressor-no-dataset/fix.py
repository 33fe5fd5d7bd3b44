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
# --8<-- [start:fix]
from datasets import Dataset

texts = ["The river rises in the hills and runs to the sea. " * 4] * 4
oneshot(
    model=model,
    processor=tokenizer,
    dataset=Dataset.from_dict({"text": texts}),
    max_seq_length=32,
    num_calibration_samples=4,
    recipe=recipe,
)
# --8<-- [end:fix]
# --8<-- [start:check]
layer = model.model.layers[0].mlp.down_proj
assert layer.quantization_scheme.weights.num_bits == 4
# --8<-- [end:check]
