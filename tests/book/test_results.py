"""A result is found by its key, and a key that does not exist is a KeyError and nothing else."""

import pytest
from minibook import write

from fourbit.book.results import Results
from fourbit.errors import UserError


def test_every_listed_key_is_found(book):
    results = Results(book)
    values = {key: results[key].value for key in results.keys()}  # noqa: SIM118  it is no dict
    assert values["01_memory_wall.size.bytes"] == 4_617_000_000
    assert values["01_memory_wall.size.rows.1.name"] == "plain"
    assert results["01_memory_wall.size.rows"].value[1]["name"] == "plain"
    assert results["01_memory_wall.speed.tok_s"].provenance["runs"] == 5


@pytest.mark.parametrize(
    "key",
    [
        "",
        "01_memory_wall",
        "01_memory_wall.none",
        "01_memory_wall.size.none",
        "01_memory_wall.size.bytes.real",
        "01_memory_wall.size.rows.2",
        "01_memory_wall.size.rows.-1",
        "01_memory_wall.size.rows.name",
        "01_memory_wall.size.rows.0.name.0",
    ],
)
def test_a_key_that_does_not_exist(book, key):
    with pytest.raises(KeyError):
        Results(book)[key]


def test_records_that_are_not_json(book):
    write(book, "snippets/01_memory_wall/results.json", "{")
    with pytest.raises(UserError, match=r"snippets/01_memory_wall/results.json: not valid JSON: Expecting"):
        Results(book).keys()
