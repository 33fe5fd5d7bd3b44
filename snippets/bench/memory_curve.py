# /// script
# [tool.fourbit]
# tier = "recorded"
# reason = "15 minutes and 4 GB of disk; the tests run a small one"
# timeout = 7200
# ///
"""Memory while a model of several GB is quantized, block by block.

memory_curve.py [BLOCKS WIDTH METHOD WINDOWS]
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from fourbit.engine.checkpoint.shards import PlannedShards

CHILD = """
import sys
from pathlib import Path
import numpy as np, psutil
from fourbit.engine.recipe import Recipe
from fourbit.engine.walk.job import Job, run
print(psutil.Process().memory_info().rss, flush=True)
size = int(sys.argv[3]), 256
windows = np.random.default_rng(0).integers(8192, size=size)
recipe = Recipe(sys.argv[2], group_size=128, effort="fast")
folder = Path(sys.argv[1])
run(Job(folder / "model", folder / "quantized", windows, recipe))
"""

blocks, width, method, windows = sys.argv[1:] or (120, 1024, "gptq", 4)
blocks, width = int(blocks), int(width)


def write_model(folder):
    """A random Llama in bfloat16, one tensor in memory at a time."""
    config = AutoConfig.for_model(
        "llama",
        architectures=["LlamaForCausalLM"],
        vocab_size=8192,
        hidden_size=width,
        intermediate_size=width * 8 // 3 // 128 * 128,
        num_hidden_layers=blocks,
        num_attention_heads=width // 64,
        dtype="bfloat16",
    )
    config.save_pretrained(folder)
    with torch.device("meta"):
        state = AutoModelForCausalLM.from_config(config).state_dict()
    plan = {
        n: (torch.bfloat16, tuple(t.shape)) for n, t in state.items()
    }
    shards = PlannedShards(folder, plan, max_bytes=5e8)
    torch.manual_seed(0)
    for name, (dtype, shape) in plan.items():
        norm = len(shape) == 1
        value = torch.ones(shape) if norm else torch.randn(shape)
        shards.write(name, (value / shape[-1] ** 0.5).to(dtype))
    shards.close()
    return sum(t.numel() * 2 for t in state.values())


def finished(state):
    return (
        json.loads(state.read_text())["done"] if state.exists() else 0
    )


with tempfile.TemporaryDirectory() as name:
    model_bytes = write_model(Path(name) / "model")
    state = Path(name) / "quantized.partial" / "job.json"
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, name, method, str(windows)],
        stdout=subprocess.PIPE,
    )
    process, start, curve = psutil.Process(child.pid), time.time(), []
    while child.poll() is None:
        rss = process.memory_info().rss / 1e6
        second = round(time.time() - start, 1)
        row = {"seconds": second, "block": finished(state)}
        curve.append(row | {"rss_mb": round(rss)})
        time.sleep(0.2)
    assert child.returncode == 0
    baseline = int(child.stdout.readline())
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)

peak = usage.ru_maxrss * 1024
print(f"model {model_bytes / 1e6:,.0f} MB, {blocks} blocks")
print(f"Python and its libraries {baseline / 1e6:,.0f} MB")
print("seconds  blocks done   MB")
for r in curve[:: max(1, len(curve) // 20)]:
    print("{seconds:7.0f} {block:12} {rss_mb:4}".format(**r))
print(
    f"peak {peak / 1e6:,.0f} MB, {peak / model_bytes:.1%} of the model"
)
print(
    json.dumps(
        {
            "model_bytes": model_bytes,
            "blocks": blocks,
            "baseline_bytes": baseline,
            "peak_bytes": peak,
            "share": peak / model_bytes,
            "seconds": curve[-1]["seconds"],
            "curve": curve[:: max(1, len(curve) // 200)],
        }
    )
)
