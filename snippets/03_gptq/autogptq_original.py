# /// script
# [tool.fourbit]
# environment = "autogptq"
# api = ["auto-gptq==0.7.1"]
# timeout = 120
# ///
"""AutoGPTQ 0.7.1 as its authors meant it, and where it stops."""

import json
import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""  # the outcome below is CPU's

# --8<-- [start:quantize]
from auto_gptq import AutoGPTQForCausalLM, BaseQuantizeConfig


def quantize(folder, encoded_texts, out):
    # The settings come first: from_pretrained requires them.
    config = BaseQuantizeConfig(
        bits=4,
        group_size=128,  # the default, -1, is one scale per output row
        desc_act=False,  # the default, True, slows inference kernels
    )
    # No device_map and no low_cpu_mem_usage: it overwrites both,
    # keeps the model in RAM and sends one block at a time to the GPU.
    model = AutoGPTQForCausalLM.from_pretrained(folder, config)
    # Each example is a dict of token ids. Full windows, no padding:
    # padding would be counted as calibration data.
    examples = [
        {"input_ids": ids, "attention_mask": [1] * len(ids)}
        for ids in encoded_texts
    ]
    model.quantize(examples, batch_size=1)
    model.save_quantized(out, use_safetensors=True)


# --8<-- [end:quantize]


# --8<-- [start:refusal]
from tempfile import TemporaryDirectory

from transformers import LlamaConfig, LlamaForCausalLM

tiny = LlamaConfig(
    vocab_size=256,
    hidden_size=128,
    intermediate_size=256,
    num_hidden_layers=1,
    num_attention_heads=2,
)
with TemporaryDirectory() as folder:
    LlamaForCausalLM(tiny).save_pretrained(folder)
    try:
        quantize(folder, [list(range(64))], folder + "/out")
    except OSError as refusal:
        message = str(refusal)
print(f"OSError: {message}")
assert "requires CUDA" in message
# --8<-- [end:refusal]
print(json.dumps({"refusal": message}))
