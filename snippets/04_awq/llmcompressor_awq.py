# /// script
# [tool.fourbit]
# tier = "checked"
# reason = "without a GPU, AWQ in this release stops at pin_memory"
# api = ["llmcompressor==0.14.0.1"]
# ///
"""AWQ with LLM Compressor: scales first, then rounding."""

# --8<-- [start:quantize]
from datasets import load_dataset
from llmcompressor import oneshot
from llmcompressor.modifiers.quantization import QuantizationModifier
from llmcompressor.modifiers.transform.awq import AWQModifier

recipe = [
    AWQModifier(),  # searches the scales and folds them in
    QuantizationModifier(  # rounds; GPTQModifier would do GPTQ
        targets="Linear",
        scheme="W4A16_ASYM",  # 4 bits, groups of 128, zero points
        ignore=["lm_head"],
    ),
]
texts = load_dataset("text", data_files="calibration.txt")

oneshot(
    model="Qwen/Qwen3-0.6B",
    recipe=recipe,
    dataset=texts["train"],
    concatenate_data=True,  # join the lines, then cut full windows
    max_seq_length=512,
    num_calibration_samples=128,
    output_dir="Qwen3-0.6B-awq",
)
# --8<-- [end:quantize]
