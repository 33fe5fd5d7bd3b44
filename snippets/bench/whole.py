# /// script
# [tool.fourbit]
# tier = "shown"
# reason = "smollm2_models.py starts it in each environment"
# ///
"""A library quantizes a whole model, as its users call it.

python whole.py LIBRARY JOB.json: {"model", "windows", "out", "bits",
"group_size", "symmetric", "options"}. Prints the seconds it took.
GPTQModel saves its checkpoint in `out`; llm-compressor's format is its
own, so the dequantized weights of the layers are written there, with
scales rounded to float16.
"""

import json
import os
import sys
import time

import numpy as np

# On two cores GPTQModel's default of one worker is too few for itself.
os.environ["GPTQMODEL_CPU_WORKERS"] = "2"


def rows(job):
    return [
        {"input_ids": ids, "attention_mask": [1] * len(ids)}
        for ids in np.load(job["windows"]).tolist()
    ]


def gptqmodel(job):
    import torch
    from gptqmodel import GPTQModel, QuantizeConfig

    config = QuantizeConfig(
        bits=job["bits"],
        group_size=job["group_size"],
        sym=job["symmetric"],
        **job["options"],
    )
    model = GPTQModel.load(job["model"], config, dtype=torch.float16)
    yield
    model.quantize(rows(job), batch_size=1)
    yield
    model.save(job["out"])


def llmcompressor(job):
    import torch
    from compressed_tensors.quantization import (
        QuantizationArgs,
        QuantizationScheme,
    )
    from datasets import Dataset
    from llmcompressor import oneshot
    from llmcompressor.modifiers.gptq import GPTQModifier
    from safetensors.torch import save_file
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(
        job["model"], dtype=torch.float32
    )
    weights = QuantizationArgs(
        num_bits=job["bits"],
        strategy="group",
        group_size=job["group_size"],
        symmetric=job["symmetric"],
        **job["options"],
    )
    scheme = QuantizationScheme(targets=["Linear"], weights=weights)
    recipe = GPTQModifier(
        config_groups={"all": scheme}, ignore=["lm_head"]
    )
    dataset = Dataset.from_list(rows(job))
    yield
    oneshot(
        model=model,
        dataset=dataset,
        recipe=recipe,
        num_calibration_samples=len(dataset),
        max_seq_length=len(dataset[0]["input_ids"]),
        shuffle_calibration_samples=False,
    )
    yield
    layers = {}
    for name, module in model.named_modules():
        scale = getattr(module, "weight_scale", None)
        if scale is not None:
            size = job["group_size"]
            scale = scale.repeat_interleave(size, 1).float()
            steps = (module.weight.float() / scale).round()
            layers[name] = steps * scale.half().float()
    os.mkdir(job["out"])
    save_file(layers, f"{job['out']}/layers.safetensors")


def main(library, job):
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print must not mix with the answer
    work = globals()[library](job)  # prepares, quantizes, writes
    next(work)
    cpu, wall = time.process_time(), time.perf_counter()
    next(work)
    cpu = time.process_time() - cpu
    seconds = {"cpu": cpu, "wall": time.perf_counter() - wall}
    next(work, None)
    answers.write(json.dumps(seconds) + "\n")


if __name__ == "__main__":
    with open(sys.argv[2], encoding="utf-8") as file:
        main(sys.argv[1], json.load(file))
