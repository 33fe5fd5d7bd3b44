"""Killed, interrupted, out of space, fed with damage: nothing half-written looks finished, and work is not lost."""

import errno
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from test_job import WINDOWS, contents, save_llama

from fourbit.engine.checkpoint import weights
from fourbit.engine.recipe import Recipe
from fourbit.engine.walk import job
from fourbit.engine.walk.activations import Activations
from fourbit.engine.walk.job import Job, State
from fourbit.engine.walk.output import Output
from fourbit.errors import UserError

RECIPE = Recipe("awq+gptq", group_size=32, effort="fast", head=True)  # all that a resumed run must restore

KILLED = """
import os, signal, sys
from pathlib import Path
import numpy as np
from fourbit.engine.recipe import Recipe
from fourbit.engine.walk import job

reports = []

def progress(report):
    reports.append(report)
    if len(reports) == 10:  # in the middle of the second of three blocks
        os.kill(os.getpid(), signal.SIGKILL)

windows = np.load(sys.argv[3])
recipe = Recipe("awq+gptq", group_size=32, effort="fast", head=True)
job.run(job.Job(Path(sys.argv[1]), Path(sys.argv[2]), windows, recipe), progress=progress)
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> Path:
    def widen(model):
        model.layers[1].input_layernorm.weight[::16] = 9.0  # so that AWQ changes this norm

    return save_llama(tmp_path_factory.mktemp("source"), change=widen)


@pytest.fixture(scope="module")
def finished(source, tmp_path_factory) -> dict[str, str]:
    """What every file of an uninterrupted run holds."""
    out = tmp_path_factory.mktemp("finished") / "out"
    job.run(Job(source, out, WINDOWS, RECIPE))
    return contents(out)


def test_the_job_changes_a_norm_and_quantizes_the_head(source, tmp_path):
    record = job.run(Job(source, tmp_path / "out", WINDOWS, RECIPE))
    assert any("folded into input_layernorm" in note for layer in record["layers"] for note in layer["notes"])
    assert record["layers"][-1]["name"] == "lm_head"


def test_killed_and_resumed_gives_the_same_bytes(source, finished, tmp_path):
    np.save(tmp_path / "windows.npy", WINDOWS)
    command = [sys.executable, "-c", KILLED, source, tmp_path / "out", tmp_path / "windows.npy"]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    this = Job(source, tmp_path / "out", WINDOWS, RECIPE)
    assert not this.out.exists() and State.load(this.partial / "job.json").done == 1
    job.run(this, resume=True)
    assert contents(this.out) == finished and not this.partial.exists()


class Kill(BaseException):
    """As sudden as a signal: nothing catches it."""


@pytest.mark.parametrize(
    "place, method, call",
    [
        (job, "Activations", 1),
        (Output, "open", 1),
        (Activations, "write", 1),
        (Activations, "write", 2),
        (Output, "write", 1),
        (Output, "write", 2),
        (Activations, "sync", 2),
        (State, "save", 2),
        (State, "save", 4),
        (State, "save", 5),
        (Output, "finish", 1),
        (Output, "sizes", 1),
        (job, "card", 1),
        (Path, "rename", 1),
    ],
)
@pytest.mark.parametrize("when", ["before", "after"])
def test_stopped_anywhere_and_resumed_gives_the_same_bytes(
    source, finished, tmp_path, monkeypatch, place, method, call, when
):
    this = Job(source, tmp_path / "out", WINDOWS, RECIPE)
    original, calls = getattr(place, method), []

    def stopped(*arguments, **keywords):
        calls.append(method)
        if len(calls) == call and when == "before":
            raise Kill
        result = original(*arguments, **keywords)
        if len(calls) == call:
            raise Kill
        return result

    with monkeypatch.context() as patch, pytest.raises(Kill):
        patch.setattr(place, method, stopped)
        job.run(this)
    if this.out.exists():
        assert (method, when) == ("rename", "after")
    else:
        job.run(this, resume=True)
    assert contents(this.out) == finished


def test_control_c_says_how_to_go_on(source, finished, tmp_path):
    this = Job(source, tmp_path / "out", WINDOWS, RECIPE)
    reports = []

    def progress(report):
        reports.append(report)
        if len(reports) == 17:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(
        KeyboardInterrupt, match="stopped after 2 of 3 blocks; the same command with --resume"
    ):
        job.run(this, progress=progress)
    assert not this.out.exists()
    job.run(this, resume=True)
    assert contents(this.out) == finished


def test_a_disk_that_fills_up_is_said_and_the_run_goes_on_later(source, finished, tmp_path, monkeypatch):
    this = Job(source, tmp_path / "out", WINDOWS, RECIPE)

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Activations, "write", full)
        with pytest.raises(
            UserError, match=r"out.partial: No space left on device; .* with --resume goes on"
        ):
            job.run(this)
    assert not this.out.exists()
    job.run(this, resume=True)
    assert contents(this.out) == finished


def test_a_disk_too_small_and_a_target_that_cannot_be_written_are_found_before_work(
    source, tmp_path, monkeypatch
):
    (tmp_path / "file").touch()
    for out in (tmp_path / "file" / "out", Path("/proc/out")):  # root may write into any real directory
        with pytest.raises(UserError, match=rf"--out {out}: cannot write in {out.parent}: \w+"):
            job.run(Job(source, out, WINDOWS, RECIPE))
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000}))
    with pytest.raises(UserError, match=r"--out .*: the run takes 0.\d MB there, 0.0 MB are free"):
        job.run(Job(source, tmp_path / "out", WINDOWS, RECIPE))
    assert {path.name for path in tmp_path.iterdir()} == {"file"}


def test_a_truncated_shard_is_named(tmp_path):
    source = save_llama(tmp_path / "source")
    shard = sorted(source.glob("*.safetensors"))[1]
    shard.write_bytes(shard.read_bytes()[:-100])
    with pytest.raises(UserError, match=shard.name):
        job.run(Job(source, tmp_path / "out", WINDOWS, RECIPE))
    assert not (tmp_path / "out").exists()


def test_a_missing_shard_is_named(tmp_path):
    source = save_llama(tmp_path / "source")
    shard = sorted(source.glob("*.safetensors"))[1]
    shard.unlink()
    with pytest.raises(UserError, match=shard.name):
        job.run(Job(source, tmp_path / "out", WINDOWS, RECIPE))


@pytest.mark.parametrize("method", ["rtn", "gptq", "awq", "awq+gptq"])
def test_one_calibration_token_is_enough_for_a_finite_model(source, tmp_path, method):
    recipe = Recipe(method, group_size=32, effort="fast")
    record = job.run(Job(source, tmp_path / "out", WINDOWS[:1, :1], recipe))
    assert all(np.isfinite(layer["error"]) for layer in record["layers"])
    assert all(layer["error"] <= layer["rounding_error"] * 1.001 for layer in record["layers"])


@pytest.mark.parametrize("value", [0.0, 1e-9])
def test_zero_and_tiny_weights_stay_so(tmp_path, value):
    source = save_llama(
        tmp_path / "source", change=lambda model: model.layers[1].mlp.up_proj.weight.fill_(value)
    )
    job.run(Job(source, tmp_path / "out", WINDOWS, RECIPE))
    stored = weights.load(tmp_path / "out").model.layers[1].mlp.up_proj.weight
    assert torch.isfinite(stored).all() and stored.abs().max() < 1e-6


def test_not_a_number_in_the_source_names_the_layer(tmp_path):
    def damage(model):
        model.layers[1].input_layernorm.weight[3] = float("nan")

    source = save_llama(tmp_path / "source", change=damage)
    with pytest.raises(
        UserError, match=r"model.layers.1.self_attn.q_proj: 192 of 12,288 inputs are not finite"
    ):
        job.run(Job(source, tmp_path / "out", WINDOWS, RECIPE))
    assert not (tmp_path / "out").exists()
