# /// script
# [tool.fourbit]
# tier = "checked"
# reason = "its pinned transformers is older than this course's"
# api = ["llmcompressor==0.14.0.1"]
# ///
"""Calibrate with LLM Compressor on the files of a folder."""

# --8<-- [start:main]
from datasets import load_dataset
from llmcompressor import oneshot
from llmcompressor.modifiers.gptq import GPTQModifier

texts = load_dataset(
    "text",
    data_files="notes/*.md",
    sample_by="document",  # a file is a document, not each line
)

oneshot(
    model="Qwen/Qwen3-0.6B",
    recipe=GPTQModifier(
        targets="Linear", scheme="W4A16", ignore=["lm_head"]
    ),
    dataset=texts["train"].shuffle(seed=0),
    concatenate_data=True,  # join the documents, then cut windows
    pad_to_max_length=False,
    max_seq_length=2048,  # tokens of a window
    num_calibration_samples=128,  # windows
    output_dir="Qwen3-0.6B-w4a16",
)
# --8<-- [end:main]
