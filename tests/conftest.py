"""Shared by all tests: the root of the repository, and no network."""

import os
from pathlib import Path

import pytest

os.environ["HF_HUB_OFFLINE"] = "1"  # before any test imports huggingface_hub


@pytest.fixture(scope="session")
def root() -> Path:
    return Path(__file__).parent.parent
