# /// script
# [tool.fourbit]
# tier = "shown"
# reason = "interop.py starts it in each environment"
# ///
"""Load model folders with one program, and keep what they compute.

python loaders.py PROGRAM IDS.npy FOLDER...: for each folder, the logits
go to FOLDER.PROGRAM.npy; a line of JSON says {"error": first line of
the message, or null}.
"""

import json
import os
import sys

import numpy as np

os.environ["GPTQMODEL_CPU_WORKERS"] = "2"


def transformers(folder):  # with optimum, which calls GPTQModel
    import torch
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, device_map="cpu"
    )


def gptqmodel(folder):
    import torch
    from gptqmodel import BACKEND, GPTQModel

    return GPTQModel.load(  # by default in bfloat16, ten times coarser
        folder,
        device="cpu",
        backend=BACKEND.TORCH,
        dtype=torch.float16,
    )


def autogptq(folder):
    import torch
    from auto_gptq import AutoGPTQForCausalLM

    return AutoGPTQForCausalLM.from_quantized(
        folder, device="cpu", torch_dtype=torch.float32
    )


def fourbit(folder):
    from pathlib import Path

    from fourbit.engine import models

    return models.load(Path(folder))


def logits(program, folder, ids):
    import torch

    with torch.inference_mode():
        model = globals()[program](folder)
        out = model(input_ids=torch.from_numpy(ids), use_cache=False)
    return out.logits.float().numpy()


def main(program, ids, *folders):
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print must not mix with answers
    for folder in folders:
        message = None
        try:
            found = logits(program, folder, np.load(ids))
            np.save(f"{folder}.{program}.npy", found)
        except Exception as error:  # noqa: BLE001  whatever it says
            text = str(error).strip() or "no message"
            message = f"{type(error).__name__}: {text.splitlines()[0]}"
        answers.write(json.dumps({"error": message}) + "\n")
        answers.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
