"""The matcher of the page, docs/assets/js/errors.js, gives what the one in Python gives, on every paste of the tests."""

import json
from pathlib import Path

import pytest

from fourbit import kb
from fourbit.kb.match import words

HERE = Path(__file__).parent
TEXTS = [
    json.loads(line)["text"]
    for name in ("pasted", "unrelated")
    for line in (HERE / f"{name}.jsonl").read_text("utf-8").splitlines()
]
ODD = [
    "",
    "\x1b[1mGGUF\x1b[0m magic invalid",
    "a" * 300_000 + " GGUF magic invalid",
    "\u201cGGUF\u201d magic\r\n\u2018invalid\u2019",
]


@pytest.fixture(scope="module")
def page(root, browser):
    page = browser.new_page()
    page.add_script_tag(content=(root / "docs/assets/js/errors.js").read_text("utf-8"))
    yield page
    page.close()


def test_words_are_the_same(page):
    texts = TEXTS + ODD
    assert page.evaluate("texts => texts.map(fourbitErrors.words)", texts) == [words(text) for text in texts]


def test_matches_are_the_same(page):
    texts = TEXTS + ODD
    got = page.evaluate(
        "([index, texts]) => texts.map(text => fourbitErrors.find(index, text))", [kb.load(), texts]
    )
    expected = [kb.search(text) for text in texts]
    assert [[(one["slug"], tuple(one["words"])) for one in found] for found in got] == [
        [(one.slug, one.words) for one in found] for found in expected
    ]
    for found, wanted in zip(got, expected, strict=True):
        assert [one["score"] for one in found] == pytest.approx([one.score for one in wanted], abs=0.002)
