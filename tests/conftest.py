"""Shared by all tests: the root of the repository, and no network."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

# A shell starts background jobs with Ctrl-C ignored, and they pass that on to every child.
signal.signal(signal.SIGINT, signal.default_int_handler)

os.environ["HF_HUB_OFFLINE"] = "1"  # before any test imports huggingface_hub
os.environ["OMP_WAIT_POLICY"] = "passive"  # before any test imports torch: threads that wait do not spin

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]


@pytest.fixture(scope="session")
def root() -> Path:
    return Path(__file__).parent.parent


@pytest.fixture(scope="session")
def browser():
    """One for all tests: Playwright starts no second one beside it."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not path:
        pytest.skip(f"none of {', '.join(BROWSERS)} is on PATH; install one: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def fourbit():
    """Run the command line as a user does: `fourbit("evaluate", "tiny", cwd=folder)`."""

    def run(*arguments, cwd=None) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "fourbit.cli", *map(str, arguments)]
        environment = os.environ | {"COLUMNS": "200", "NO_COLOR": "1"}
        return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)

    return run
