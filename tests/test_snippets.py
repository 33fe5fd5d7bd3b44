"""Every snippet of the book, one test each, with the notebook it makes."""

from pathlib import Path

import pytest

from fourbit.book.check import check_orphans, check_snippet, check_text, lacks
from fourbit.book.runner import Runner
from fourbit.book.snippets import discover

ROOT = Path(__file__).parent.parent
SNIPPETS = [snippet for snippet in discover(ROOT) if snippet.tier != "shown"]


@pytest.fixture(scope="session")
def runner():
    with Runner(ROOT) as runner:
        yield runner


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda snippet: snippet.name)
def test_snippet(snippet, runner):
    lack = lacks(snippet)
    problems = check_text(snippet) if lack else check_snippet(runner, snippet)
    assert not problems, "\n".join(map(str, problems))
    if lack:
        pytest.skip(f"{snippet.name} {lack}")


def test_every_recorded_output_and_result_has_its_snippet():
    problems = check_orphans(ROOT)
    assert not problems, "\n".join(map(str, problems))
