"""Overlays: packages that lie over the test environment, for the scripts that name them and for no others."""

import sys

import pytest
from minibook import without_torch, write

from fourbit.book.errors import _pins, read_entry
from fourbit.book.page import Page
from fourbit.book.prover import Prover
from fourbit.book.runner import Runner, missing_needs
from fourbit.book.snippets import load
from fourbit.errors import UserError

WHICH = "import teapot; print(teapot.kind)"
HEADER = "# /// script\n# [tool.fourbit]\n# {}\n# ///\n"
ALONE = """\
import os, sys
os.mkdir({place!r})  # fails while another script runs
sum(range(2_000_000))
os.rmdir({place!r})
"""


@pytest.fixture
def book(tmp_path, monkeypatch):
    """A book whose environment has the overlays green and black, both with a module teapot."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "venv"))
    for name in ("green", "black"):
        write(tmp_path, f"venv/overlays/{name}/teapot.py", f"kind = '{name}'")
        write(tmp_path, f"venv/overlays/{name}/.ready", "")
    return without_torch(tmp_path)


def snippet(book, text, header="", name="x.py"):
    path = f"snippets/01_a/{name}"
    write(book, path, (HEADER.format(header) if header else "") + text)
    return load(book / path, book)


def test_a_snippet_has_its_overlays_on_top_and_the_first_is_the_topmost(book):
    with Runner(book) as runner:
        assert runner.run(snippet(book, WHICH, 'overlays = ["green"]')).stdout == "green\n"
        assert runner.run(snippet(book, WHICH, 'overlays = ["black", "green"]')).stdout == "black\n"
        assert "ModuleNotFoundError" in runner.run(snippet(book, WHICH)).stderr
        shell = snippet(book, f"python -c '{WHICH}'", 'overlays = ["green"]', "x.sh")
        assert runner.run(shell).stdout == "green\n"


def test_a_module_of_an_overlay_counts_as_needed_thing(book):
    assert missing_needs(snippet(book, "", 'overlays = ["green"]\n# needs = ["teapot"]')) is None
    assert "needs teapot" in missing_needs(snippet(book, "", 'needs = ["teapot"]'))


def test_an_overlay_that_is_not_complete_is_told_with_the_way_to_get_it(book):
    (book / "venv/overlays/green/.ready").unlink()
    told = missing_needs(snippet(book, "", 'overlays = ["green"]'))
    assert told == "needs the overlay green: make venv/overlays/green/.ready"


def test_overlays_do_not_go_with_an_environment(book):
    with pytest.raises(UserError, match="not over 'old'"):
        snippet(book, "", 'overlays = ["green"]\n# environment = "old"')


def test_the_prover_keeps_piles_apart(book, monkeypatch):
    monkeypatch.setattr("fourbit.book.prover.LIBRARIES", {"": ()})
    monkeypatch.setattr("fourbit.book.prover.OTHER", ())
    piles = {"a.py": '["green"]', "b.py": '["black"]', "c.py": '["black", "green"]', "d.py": "[]"}
    scripts = [snippet(book, WHICH, f"overlays = {pile}", name) for name, pile in piles.items()]
    with Prover(book) as prover:
        prover.start(scripts)
        kinds = [prover.run(one.name).stdout.strip() for one in scripts]
    assert kinds == ["green", "black", "black", ""]


def test_all_servers_together_run_no_more_jobs_than_may(book, monkeypatch):
    monkeypatch.setattr("fourbit.book.prover.LIBRARIES", {"": ()})
    monkeypatch.setattr("fourbit.book.prover.OTHER", ())
    text = ALONE.format(place=str(book / "taken"))
    scripts = [
        snippet(book, text, f"overlays = [{pile}]", f"{number}_{len(pile)}.py")
        for number in range(3)
        for pile in ("", '"green"', '"black", "green"')
    ]
    with Prover(book, jobs=1) as prover:
        prover.start(scripts)
        assert [prover.run(one.name).exit_code for one in scripts] == [0] * len(scripts)


def test_the_versions_on_a_page_are_those_of_the_topmost_overlay(root):
    name = "docs/errors/autoawq-pytorchgelutanh.md"
    entry = read_entry(Page(name, (root / name).read_text("utf-8")))
    pins = _pins(root, entry)
    assert f"transformers=={pins['transformers']}" in (
        root / "environments/overlays/transformers457.txt"
    ).read_text("utf-8")
    assert f"torch=={pins['torch']}" in (root / "constraints.txt").read_text("utf-8")
