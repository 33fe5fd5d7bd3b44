from pathlib import Path

import minibook
import pytest


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """The root of a small book."""
    minibook.build(tmp_path)
    return tmp_path
