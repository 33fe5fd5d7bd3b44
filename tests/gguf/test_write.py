"""Writing a GGUF file: one tensor in memory, and never a file that only looks finished."""

import subprocess
import sys
import weakref

import numpy as np
import pytest
from gguf import GGUFReader

from fourbit.errors import UserError
from fourbit.gguf import write
from fourbit.gguf.types import TYPES

TENSORS = [(f"t{index}", (3, 32), TYPES["Q8_0"]) for index in range(8)]


def test_one_tensor_is_held_at_a_time(tmp_path):
    alive = []

    def produce(index):
        assert sum(reference() is not None for reference in alive) <= 1  # the one that was written last
        data = np.full((3, 34), index, np.uint8)
        alive.append(weakref.ref(data))
        return data

    order = []
    write.write(tmp_path / "x.gguf", "llama", {}, TENSORS, produce, order.append)
    assert order == list(range(8))
    assert [set(t.data.ravel()) for t in GGUFReader(tmp_path / "x.gguf").tensors] == [{i} for i in range(8)]


def broken(index: int) -> np.ndarray:
    if index == 5:
        raise KeyboardInterrupt
    return np.zeros(3 * 34, np.uint8)


def test_an_interrupted_file_is_not_left_behind(tmp_path):
    (tmp_path / "x.gguf").write_bytes(b"an earlier file")
    with pytest.raises(KeyboardInterrupt):
        write.write(tmp_path / "x.gguf", "llama", {}, TENSORS, broken)
    assert [file.name for file in tmp_path.iterdir()] == ["x.gguf"]
    assert (tmp_path / "x.gguf").read_bytes() == b"an earlier file"


def test_data_of_the_wrong_size_is_refused(tmp_path):
    with pytest.raises(ValueError, match="t0: 33 bytes; Q8_0 takes 102"):
        write.write(tmp_path / "x.gguf", "llama", {}, TENSORS, lambda index: np.zeros(33, np.uint8))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("out", ["missing/x.gguf", "."])
def test_a_place_that_cannot_be_written_is_named(tmp_path, out):
    with pytest.raises(UserError, match=r"cannot be written .*(No such file|is a directory)"):
        write.write(tmp_path / out, "llama", {}, TENSORS, broken)
    assert list(tmp_path.iterdir()) == []


FULL_DISK = """
import resource, sys
import numpy as np
from pathlib import Path
from fourbit.errors import UserError
from fourbit.gguf import write
from fourbit.gguf.types import TYPES
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    tensors = [(f"t{i}", (1000, 64), TYPES["F16"]) for i in range(4)]
    write.write(Path(sys.argv[1]), "llama", {}, tensors, lambda i: np.zeros((1000, 64), np.float16))
except UserError as error:
    print(error)
"""


def test_a_full_disk_is_told_before_the_work(tmp_path):
    """A limit on the size of files stands for it."""
    run = [sys.executable, "-c", FULL_DISK, str(tmp_path / "x.gguf")]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    assert "x.gguf: cannot be written (0.5 MB): File too large" in done.stdout
    assert list(tmp_path.iterdir()) == []
