# /// script
# [tool.fourbit]
# tier = "recorded"
# reason = "it needs `make peers`"
# timeout = 1800
# ///
"""Which programs load the checkpoints that fourbit writes.

A random two-block Llama is quantized in many ways. Every program loads
every folder on the CPU; its logits are compared with those of the model
whose weights were replaced in memory: ||difference|| / ||logits||.
"""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import torch
from transformers import LlamaConfig, LlamaForCausalLM
from worker import ROOT, available, interpreter

from fourbit import tiny
from fourbit.engine import models
from fourbit.engine.recipe import Recipe, Rule
from fourbit.engine.walk.job import Job, run
from fourbit.engine.walk.walk import quantize_model

ASYM = {"symmetric": False}
CASES = {
    "4 bits, symmetric": {},
    "2 bits": {"bits": 2},
    "3 bits": {"bits": 3},
    "8 bits": {"bits": 8},
    "asymmetric, gptq_v2": ASYM,
    "asymmetric, gptq_v2, 3 bits": ASYM | {"bits": 3},
    "asymmetric, gptq, zeros from 1": ASYM | {"format": "gptq"},
    "one group a row": {"group_size": -1},
    "dynamic groups (desc_act)": {"static_groups": False},
    "block 0 at 8 bits": {"rules": (Rule("layers.0.*", 8),)},
    "block 0 not quantized": {"rules": (Rule("layers.0.*", None),)},
    "down_proj not quantized": {"rules": (Rule("down_proj", None),)},
    "LM head quantized": {"head": True},
}
# Program: the environment that has it.
PROGRAMS = {
    "fourbit": "fourbit",
    "transformers": "gptqmodel",
    "gptqmodel": "gptqmodel",
    "autogptq": "autogptq",
}


def make_model(folder):
    """A random Llama with the tiny model's tokenizer.

    Transformers 4, which AutoGPTQ needs, finds torch_dtype and
    rope_theta in the config under these names.
    """
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=2048,
        hidden_size=256,
        intermediate_size=512,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
    )
    LlamaForCausalLM(config).half().save_pretrained(folder)
    for file in tiny.MODEL.glob("token*"):
        shutil.copy(file, folder)
    path = folder / "config.json"
    old = {"torch_dtype": "float16", "rope_theta": 10000.0}
    path.write_text(json.dumps(json.loads(path.read_text()) | old))


def write(folder, source, ids):
    """Quantize the model in every way; logits by case."""
    expected = {}
    for number, (case, options) in enumerate(CASES.items()):
        recipe = Recipe(**options)
        run(Job(source, folder / str(number), ids, recipe))
        model = models.load(source)
        quantize_model(model, ids, recipe)
        with torch.inference_mode():
            expected[case] = model(torch.from_numpy(ids)).logits.numpy()
    return expected


def load(program, environment, folder, ids):
    """The error message of each folder, None where it loads."""
    folders = [str(folder / str(n)) for n in range(len(CASES))]
    script = ROOT / "snippets/bench/loaders.py"
    np.save(folder / "ids.npy", ids)
    arguments = [program, folder / "ids.npy", *folders]
    ran = subprocess.run(
        [interpreter(environment), script, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    lines = ran.stdout.splitlines()
    if len(lines) != len(folders):
        raise SystemExit(ran.stderr[-3000:])
    return [json.loads(line)["error"] for line in lines]


available(PROGRAMS.values())
rows = []
with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    source = folder / "source"
    make_model(source)
    ids = np.random.default_rng(0).integers(2048, size=(8, 64))
    expected = write(folder, source, ids)
    for program, environment in PROGRAMS.items():
        errors = load(program, environment, folder, ids)
        for number, case in enumerate(CASES):
            row = {"case": case, "program": program}
            row["message"] = errors[number]
            if errors[number] is None:
                found = np.load(folder / f"{number}.{program}.npy")
                found = np.float64(found)  # some are very far off
                off = np.linalg.norm(found - expected[case])
                off /= np.linalg.norm(expected[case])
                row["off"] = float(off) if np.isfinite(off) else None
            rows.append(row)


def cell(row):
    if row["message"]:
        return "fails"
    wrong = row["off"] is None or row["off"] > 0.1  # and nobody is told
    return "WRONG" if wrong else f"{row['off']:.1e}"


print(
    f"{'relative logit error':32}"
    + "".join(f"{p:>14}" for p in PROGRAMS)
)
for case in CASES:
    cells = [cell(row) for row in rows if row["case"] == case]
    print(f"{case:32}" + "".join(f"{text:>14}" for text in cells))
for row in rows:
    if row["message"]:
        print(f"{row['program']}, {row['case']}: {row['message']}")
table = []
for case in CASES:
    of_case = [row for row in rows if row["case"] == case]
    cells = {row["program"]: cell(row) for row in of_case}
    table.append({"case": case, **cells})
failures = [row for row in rows if row["message"]]
print(json.dumps({"table": table, "failures": failures}))
