"""Shared by all tests: the root of the repository, and no network."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

# A shell starts background jobs with Ctrl-C ignored, and they pass that on to every child.
signal.signal(signal.SIGINT, signal.default_int_handler)

os.environ["HF_HUB_OFFLINE"] = "1"  # before any test imports huggingface_hub
os.environ["OMP_WAIT_POLICY"] = "passive"  # before any test imports torch: threads that wait do not spin


@pytest.fixture(scope="session")
def root() -> Path:
    return Path(__file__).parent.parent


@pytest.fixture(scope="session")
def fourbit():
    """Run the command line as a user does: `fourbit("evaluate", "tiny", cwd=folder)`."""

    def run(*arguments, cwd=None) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "fourbit.cli", *map(str, arguments)]
        environment = os.environ | {"COLUMNS": "200", "NO_COLOR": "1"}
        return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)

    return run
