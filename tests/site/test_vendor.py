"""Files by others: what lies there is what was taken, and the page knows how large it is."""

import hashlib
import json
import re

import pytest

VENDOR = "docs/assets/vendor"


@pytest.mark.parametrize("name", ["pyodide", "codemirror"])
def test_files_are_the_recorded_ones_with_their_license(root, name):
    folder = root / VENDOR / name
    sums = [line.split() for line in (folder / "SHA256SUMS").read_text().splitlines()]
    for digest, file in sums:
        assert hashlib.sha256((folder / file).read_bytes()).hexdigest() == digest, file
    plain = {"LICENSE", "LICENSE.numpy", "LICENSE.python", "README.txt", "SHA256SUMS"}
    source = {"entry.js", "package.json", "package-lock.json"}
    listed = {file for _, file in sums}
    assert {file.name for file in folder.iterdir()} - plain - source - {"node_modules"} == listed
    assert (folder / "LICENSE").stat().st_size > 1000


def test_numpy_is_the_one_that_pyodide_names(root):
    folder = root / VENDOR / "pyodide"
    lock = json.loads((folder / "pyodide-lock.json").read_text())
    assert list(lock["packages"]) == ["numpy"]
    numpy = lock["packages"]["numpy"]
    assert hashlib.sha256((folder / numpy["file_name"]).read_bytes()).hexdigest() == numpy["sha256"]


def test_the_sizes_that_the_progress_bar_counts_to(root):
    worker = (root / "docs/assets/js/run-worker.js").read_text()
    sizes = dict(re.findall(r'^  "([^"]+)": (\d+),$', worker, re.MULTILINE))
    assert len(sizes) == 4
    for name, size in sizes.items():
        assert (root / VENDOR / "pyodide" / name).stat().st_size == int(size), name
