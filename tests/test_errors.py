"""Every entry of the knowledge base: its repro ends with the message of its page, its fix runs clean."""

from pathlib import Path

import pytest

from fourbit.book.contents import Contents
from fourbit.book.errors import find_entries
from fourbit.book.proofs import check_entry, check_folders, check_index, prove, scripts, skipped
from fourbit.book.prover import Prover

ROOT = Path(__file__).parent.parent
CONTENTS = Contents(ROOT)
ENTRIES = find_entries(CONTENTS.pages)


@pytest.fixture(scope="session")
def prover(request):
    """All scripts that the chosen tests need are started at once, so that they run side by side."""
    chosen = {
        one.callspec.params["entry"].slug
        for one in request.session.items
        if "prover" in getattr(one, "fixturenames", ())
    }
    with Prover(ROOT) as prover:
        prover.start(scripts([one for one in ENTRIES if one.slug in chosen], ROOT))
        yield prover


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.slug)
def test_entry_is_proved(entry, prover):
    problems = prove(entry, ROOT, prover)
    assert not problems, "\n".join(map(str, problems))
    if lacks := skipped(entry, ROOT):
        pytest.skip("; ".join(lacks))


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.slug)
def test_page_and_folder_agree(entry):
    problems = list(check_entry(entry, CONTENTS, ENTRIES))
    assert not problems, "\n".join(map(str, problems))


def test_every_folder_has_its_page():
    assert not list(check_folders(ROOT, ENTRIES))


def test_the_index_in_the_package_is_that_of_the_pages():
    assert not check_index(CONTENTS), "run: fourbit check errors --update"
