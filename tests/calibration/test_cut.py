"""A text in memory: windows of it, and what read_text refuses."""

import numpy as np
import pytest

from fourbit.calibration import read_text, windows
from fourbit.errors import UserError

TOKENS = np.arange(1000)


def test_windows_are_whole_disjoint_pieces_of_the_text():
    rows = windows(TOKENS, 10, 64, seed=3)
    assert rows.shape == (10, 64)
    assert (np.diff(rows, axis=1) == 1).all()  # consecutive tokens, no padding
    assert len(np.unique(rows)) == rows.size
    assert np.array_equal(rows, windows(TOKENS, 10, 64, seed=3))
    assert not np.array_equal(rows, windows(TOKENS, 10, 64, seed=4))


def test_a_short_text_gives_the_windows_it_has():
    assert windows(TOKENS, 100, 300).shape == (3, 300)
    with pytest.raises(UserError, match="the text has 1,000 tokens, fewer than one window of 1,001"):
        windows(TOKENS, 1, 1001)


def test_text_that_cannot_be_read_is_named(tmp_path):
    assert len(read_text("docs")) > 100_000
    (tmp_path / "empty.txt").write_text(" \n")
    (tmp_path / "latin.txt").write_bytes("déjà vu".encode("latin-1"))
    (tmp_path / "binary.txt").write_bytes(b"abc\0def")
    for path, message in (
        ("empty.txt", "holds no text"),
        ("latin.txt", r"not UTF-8 text \(byte 1 is 0xe9\)"),
        ("binary.txt", r"a binary file \(byte 3 is 0x00\), not text"),
        ("none.txt", "no such file, and no bundled text of that name .there are: docs, code, legal"),
        (".", "Is a directory"),
    ):
        with pytest.raises(UserError, match=message):
            read_text(str(tmp_path / path))
