"""A plan is exact in bytes, of the right order in the rest, and reads no weight."""

import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from architectures import save

from fourbit.engine import estimate
from fourbit.engine.checkpoint.shards import ShardReader
from fourbit.engine.recipe import Recipe, Rule
from fourbit.engine.walk.job import Job, run
from fourbit.errors import UserError
from fourbit.tiny import MODEL

WINDOWS = np.random.default_rng(0).integers(3, 96, size=(4, 32))


@pytest.mark.parametrize("architecture", ["llama", "qwen3", "opt", "mixtral"])
def test_bytes_and_layers_are_those_of_the_run(tmp_path, architecture):
    source = save(tmp_path / "base", architecture)
    recipe = Recipe(group_size=32, effort="fast", rules=(Rule("layers.0.*", 8), Rule("v_proj", None)))
    plan = estimate.plan(source, recipe, WINDOWS)
    record = run(Job(source, tmp_path / "out", WINDOWS, recipe))
    assert plan.layers == len(record["layers"]) and plan.kept == (1 if architecture == "mixtral" else 2)
    for key in ("bytes_before", "bytes_after", "bits_per_weight", "quantized_weights"):
        assert getattr(plan, key) == record[key], key
    assert plan.bytes_disk == plan.bytes_after + 2 * WINDOWS.size * 64 * 4


def test_no_weight_is_read(tmp_path, monkeypatch):
    source = save(tmp_path / "base", "llama")
    monkeypatch.setattr(ShardReader, "get", lambda self, name: pytest.fail(f"read {name}"))
    assert estimate.plan(source, Recipe(group_size=32), WINDOWS).layers == 21


def test_work_grows_as_it_should(monkeypatch):
    rates = estimate._Rates(1e9, 1e-6, 1e-9)
    monkeypatch.setattr(estimate._Rates, "measure", classmethod(lambda cls, recipe: rates))
    ids = np.zeros((8, 512), int)
    one, two = (estimate.plan(MODEL, Recipe(), np.tile(ids, (n, 1)), 1024).time for n in (1, 2))
    assert two["forward passes"] == pytest.approx(2 * one["forward passes"])
    assert one["Hessians and errors"] < two["Hessians and errors"] < 2 * one["Hessians and errors"]
    assert two["solving"] == one["solving"] > 0 and two["quality gate"] == one["quality gate"] > 0
    rounded = estimate.plan(MODEL, Recipe("rtn"), ids).time
    assert rounded["solving"] == rounded["AWQ scales"] == rounded["quality gate"] == 0
    assert estimate.plan(MODEL, Recipe("awq"), ids).time["AWQ scales"] > 0


def test_forward_count_is_that_of_the_layers():
    """The tiny model's linear layers and attention, each token through them once, and the passes for Hessians."""
    from fourbit.engine.walk.skeleton import Skeleton
    from fourbit.engine.walk.walk import chosen

    skeleton, recipe, ids = Skeleton(MODEL), Recipe(), np.zeros((1, 512), int)
    work = estimate._work(skeleton, chosen(skeleton, recipe), ids, recipe, 0)
    attention = 4 * 256 * 512
    qkv, o, gate_up, down = (2 * w for w in (256 * 1024, 512 * 256, 2 * 256 * 768, 768 * 256))
    passes = [
        qkv + attention,
        qkv + attention + o,
        qkv + attention + o + gate_up,
        qkv + attention + o + gate_up + down,
    ]
    assert work.forward == 4 * 512 * sum(passes)


PLAN_AND_RUN = """
import re, sys, numpy as np
from pathlib import Path
from fourbit.engine import estimate
from fourbit.engine.recipe import Recipe
from fourbit.engine.walk.job import Job, run
ids, recipe = np.ones((4, 512), int), Recipe(effort="fast")
plan = estimate.plan(Path(sys.argv[1]), recipe, ids)
run(Job(Path(sys.argv[1]), Path(sys.argv[2]), ids, recipe))
peak = re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]
print(plan.bytes_memory, 1024 * int(peak))
"""


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="reads the peak of a process from /proc")
def test_memory_of_a_run_is_of_the_order_that_was_planned(tmp_path):
    """In a process of its own; not by ru_maxrss, which starts with the memory of the process that forked it."""
    done = subprocess.run(
        [sys.executable, "-c", PLAN_AND_RUN, MODEL, tmp_path / "out"],
        capture_output=True,
        text=True,
        check=True,
    )
    planned, peak = map(int, done.stdout.split())
    assert 0.8 * peak < planned < 1.33 * peak, done.stdout


def test_the_rates_are_measured_here():
    start = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    rates = estimate._Rates.measure(Recipe())
    assert rates.product > 1e8 and rates.a >= 0 and rates.b >= 0 and rates.a + rates.b > 0
    assert resource.getrusage(resource.RUSAGE_SELF).ru_utime - start < 10


def test_a_recipe_that_does_not_fit_is_refused():
    with pytest.raises(UserError, match="--group-size 100 does not divide"):
        estimate.plan(MODEL, Recipe(group_size=100), WINDOWS)
