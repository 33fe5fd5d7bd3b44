# /// script
# [tool.fourbit]
# tier = "checked"
# reason = "its pinned transformers is older than this course's"
# api = ["llmcompressor==0.14.0.1"]
# ///
"""Quantize a model with LLM Compressor, for vLLM."""

# --8<-- [start:quantize]
from datasets import load_dataset
from llmcompressor import oneshot
from llmcompressor.modifiers.gptq import GPTQModifier

recipe = GPTQModifier(
    targets="Linear",
    scheme="W4A16",  # 4-bit weights in groups of 128, 16-bit inputs
    ignore=["lm_head"],  # the output layer stays at 16 bits
)
texts = load_dataset("text", data_files="calibration.txt")

oneshot(
    model="Qwen/Qwen3-0.6B",
    recipe=recipe,
    dataset=texts["train"],  # load_dataset's name for the only part
    concatenate_data=True,  # join the lines, then cut full windows
    max_seq_length=2048,  # tokens per window
    num_calibration_samples=128,  # windows
    output_dir="Qwen3-0.6B-w4a16",
)
# --8<-- [end:quantize]
