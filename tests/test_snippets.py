"""Every snippet of the book, one test each; and the book's lab notebooks."""

from pathlib import Path

import pytest

from fourbit.book.check import check_orphans, check_snippet
from fourbit.book.notebook import check_lab
from fourbit.book.runner import Runner, missing_needs
from fourbit.book.snippets import discover

ROOT = Path(__file__).parent.parent
SNIPPETS = [snippet for snippet in discover(ROOT) if snippet.tier != "shown"]
LABS = [snippet for snippet in SNIPPETS if snippet.tier == "run" and snippet.path.name == "lab.py"]


@pytest.fixture(scope="session")
def runner():
    with Runner(ROOT) as runner:
        yield runner


def skip_without_needs(snippet):
    lack = missing_needs(snippet, ROOT) if snippet.tier == "run" else None
    if lack:
        pytest.skip(f"{snippet.name} {lack}")


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda snippet: snippet.name)
def test_snippet(snippet, runner):
    skip_without_needs(snippet)
    problems = check_snippet(runner, snippet)
    assert not problems, "\n".join(map(str, problems))


@pytest.mark.parametrize("snippet", LABS, ids=lambda snippet: snippet.name)
def test_lab_notebook(snippet, runner):
    skip_without_needs(snippet)
    problems = check_lab(runner, snippet)
    assert not problems, "\n".join(map(str, problems))


def test_every_recorded_output_and_result_has_its_snippet():
    problems = check_orphans(ROOT)
    assert not problems, "\n".join(map(str, problems))
