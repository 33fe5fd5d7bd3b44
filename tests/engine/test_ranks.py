"""Two processes under torchrun do what one does."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from architectures import save
from test_job import WINDOWS, contents, save_llama

from fourbit.engine.recipe import Recipe
from fourbit.engine.walk.job import Job, run
from fourbit.errors import UserError

SCRIPT = """
import json, sys
from pathlib import Path
import numpy as np
from fourbit.engine.recipe import Recipe
from fourbit.engine.walk import inputs
from fourbit.engine.walk.job import Job, run
from fourbit.errors import UserError

source, out, windows, method = sys.argv[1:]
inputs.BATCH_TOKENS = 64  # three batches for two ranks
recipe = Recipe(method, group_size=32, effort="fast")
try:
    run(Job(Path(source), Path(out), np.load(windows), recipe))
except UserError as error:
    Path(f"{out}.{__import__('os').environ['RANK']}").write_text(str(error))
"""


def torchrun(source: Path, out: Path, windows: np.ndarray, method: str) -> None:
    """Run SCRIPT in two processes that share the work."""
    script = out.with_name("script.py")
    script.write_text(SCRIPT)
    np.save(out.with_name("windows.npy"), windows)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    arguments = [script, source, out, out.with_name("windows.npy"), method]
    one_thread = os.environ | {"OMP_NUM_THREADS": "1"}  # as torchrun sets it
    done = subprocess.run([*command, *arguments], env=one_thread, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def one_thread():
    """As torchrun sets it for its ranks: with more, products are summed in another order."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("name, method", [("qwen3_moe", "gptq"), ("llama", "awq+gptq")])
def test_two_ranks_give_the_same_folder_as_one(tmp_path, monkeypatch, name, method):
    source = save(tmp_path / "source", name)
    monkeypatch.setattr("fourbit.engine.walk.inputs.BATCH_TOKENS", 64)
    run(Job(source, tmp_path / "one", WINDOWS, Recipe(method, group_size=32, effort="fast")))
    torchrun(source, tmp_path / "two", WINDOWS, method)
    assert contents(tmp_path / "two") == contents(tmp_path / "one")


def test_a_mistake_that_one_rank_sees_ends_all(tmp_path):
    def damage(model):
        model.embed_tokens.weight[95] = float("inf")

    source = save_llama(tmp_path / "source", change=damage)
    windows = WINDOWS % 95
    windows[-1, -1] = 95  # only in the last batch, which the first rank has
    torchrun(source, tmp_path / "out", windows, "gptq")
    said = [(tmp_path / f"out.{rank}").read_text() for rank in (0, 1)]
    assert said[0] == said[1] and "inputs are not finite" in said[0]
    with pytest.raises(UserError, match=r"layers.0.self_attn.q_proj: .* on calibration windows"):
        run(Job(source, tmp_path / "alone", windows, Recipe(group_size=32, effort="fast")))
