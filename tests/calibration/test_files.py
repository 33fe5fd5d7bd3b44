"""Local files: every kind, read in pieces, and what is wrong with them said in one line."""

import gzip
import json

import numpy as np
import pytest

from fourbit import calibration
from fourbit.calibration import files
from fourbit.calibration.files import Files
from fourbit.errors import UserError

TEXTS = [f"Text number {i} says something of its own, {'again ' * (i % 7)}and ends." for i in range(300)]


def read(spec, seed=0):
    return [document.text for document in Files(str(spec)).documents(np.random.default_rng(seed))]


def lines(path, records):
    data = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def parquet(path, **columns):
    import pyarrow as pa
    import pyarrow.parquet

    pyarrow.parquet.write_table(pa.table(columns), path, row_group_size=50)
    return path


@pytest.mark.parametrize("column", ["text", "content", "anything"])
@pytest.mark.parametrize("kind", ["jsonl", "jsonl.gz", "parquet"])
def test_records_give_their_text(tmp_path, kind, column, monkeypatch):
    monkeypatch.setattr(files, "PIECE", 1000)  # lines run over its ends
    path = tmp_path / f"x.{kind}"
    if kind == "parquet":
        parquet(path, id=list(range(300)), **{column: TEXTS})
    else:
        lines(path, [{"id": i, column: text} for i, text in enumerate(TEXTS)])
    found = read(path)
    assert sorted(found) == sorted(TEXTS) and found != TEXTS
    assert read(path) == found != read(path, seed=1)
    assert sorted(read(f"{path}#{column}")) == sorted(TEXTS)
    with pytest.raises(UserError, match=rf"no column 'body'; there are: id, {column}"):
        read(f"{path}#body")


def test_lines_may_be_strings_and_empty(tmp_path):
    (tmp_path / "x.ndjson").write_text('"one"\n\n"two"\n{"text": null}\n{"text": "three"}')
    assert sorted(read(tmp_path / "x.ndjson")) == ["one", "three", "two"]


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"Line {i} of a long text.\n" for i in range(500)),
        "word " * 3000,
        "ohneLücken" * 900,
        "語" * 3000,
        "short",
        "\ufeffwith a byte order mark",
    ],
)
@pytest.mark.parametrize("suffix", ["txt", "txt.gz"])
def test_long_texts_are_cut_without_loss(tmp_path, text, suffix, monkeypatch):
    monkeypatch.setattr(files, "PIECE", 1000)
    path = tmp_path / f"x.{suffix}"
    path.write_bytes(gzip.compress(text.encode()) if suffix.endswith("gz") else text.encode())
    found = read(path)
    assert sorted("".join(found)) == sorted(text.removeprefix("\ufeff"))
    assert len(found) >= len(text.encode()) // 2000
    assert all(piece in text for piece in found)


def test_a_folder_and_a_pattern(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / ".hidden").mkdir()
    for name in ("a.txt", "sub/b.md", "c.py", ".hidden/d.txt"):
        (tmp_path / name).write_text(name)
    lines(tmp_path / "e.jsonl.gz", [{"text": "e"}])
    assert sorted(read(tmp_path)) == ["a.txt", "e", "sub/b.md"]
    assert sorted(read(tmp_path / "**/*.[mp][dy]")) == ["c.py", "sub/b.md"]
    with pytest.raises(UserError, match="no file matches this pattern"):
        read(tmp_path / "*.rst")
    (tmp_path / "none").mkdir()
    (tmp_path / "none/x.py").write_text("x")
    with pytest.raises(
        UserError, match=r"none: no .txt, .md, .jsonl, .parquet file in this folder .* give a pattern"
    ):
        read(tmp_path / "none")


def test_memory_is_that_of_a_piece_and_a_buffer(tmp_path):
    import tracemalloc

    path = tmp_path / "large.jsonl"
    with path.open("w") as file:
        for i in range(60_000):
            file.write(json.dumps({"text": f"{i} " + "word " * 100}) + "\n")
    tracemalloc.start()
    count = sum(1 for _ in Files(str(path)).documents(np.random.default_rng(0)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 60_000 and path.stat().st_size > 30e6 and peak < 4e6


BAD = {
    "empty.txt": (b"", "empty.txt: holds no text"),
    "blank.jsonl": (b"\n\n", "blank.jsonl: holds no text"),
    "latin.txt": ("plain déjà vu".encode("latin-1"), r"latin.txt: not UTF-8 text \(byte 7 is 0xe9\)"),
    "utf16.txt": ("text".encode("utf-16"), "utf16.txt: not UTF-8 text but UTF-16; convert it"),
    "binary.txt": (b"GIF\0\0\0", r"binary.txt: a binary file \(byte 3 is 0x00\), not text"),
    "latin.jsonl": (b'{"text": "a"}\n{"text": "\xe9"}\n', r"latin.jsonl: not UTF-8 text \(byte 24 is 0xe9\)"),
    "broken.jsonl": (b'{"text": "a"}\n{"text": \n', "broken.jsonl, line 2: no JSON"),
    "list.jsonl": (b"[1, 2]\n", "list.jsonl, line 1: is list and not an object with a text"),
    "numbers.jsonl": (b'{"a": 1, "b": 2}\n', "which column holds the text.* there are: a, b"),
    "two.jsonl": (
        b'{"q": "x", "a": "y"}\n',
        "which column holds the text.*two.jsonl#COLUMN; there are: q, a",
    ),
    "chat.jsonl": (b'{"messages": []}\n', "holds chat transcripts; give chat:.*chat.jsonl"),
    "plain.txt.gz": (b"not compressed", "plain.txt.gz: not a whole gzip file"),
    "cut.txt.gz": (gzip.compress(b"text " * 1000)[:-12], "cut.txt.gz: not a whole gzip file"),
    "fake.parquet": (b"PAR1 and no more", "fake.parquet: not a parquet file"),
    "short.md": (b"# Title\n", r"short.md: has \d+ tokens, fewer than one window of 64"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused(tmp_path, tokenizer, name):
    content, message = BAD[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=message):
        calibration.build(str(tmp_path / name), tokenizer, 2, 64)


def test_a_column_of_numbers_is_refused(tmp_path):
    path = parquet(tmp_path / "x.parquet", id=[1, 2], text=["a", "b"])
    with pytest.raises(UserError, match="column 'id' holds int64 and not text"):
        read(f"{path}#id")


def test_parquet_without_its_library(tmp_path, monkeypatch):
    import sys

    path = parquet(tmp_path / "x.parquet", text=["a"])
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(UserError, match=r"parquet files need pyarrow; run: pip install 'fourbit\[data\]'"):
        read(path)
