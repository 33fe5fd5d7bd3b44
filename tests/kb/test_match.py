"""Finding an entry: pasted messages with noise, unrelated tracebacks, and what the words of a message are."""

import json
from pathlib import Path

import pytest

from fourbit import kb
from fourbit.kb.match import contains, find, pattern, words

HERE = Path(__file__).parent
PASTED = [json.loads(line) for line in (HERE / "pasted.jsonl").read_text("utf-8").splitlines()]
UNRELATED = [json.loads(line)["text"] for line in (HERE / "unrelated.jsonl").read_text("utf-8").splitlines()]


def index(*patterns, **fields):
    entries = [
        {"slug": f"e{number}", "patterns": [pattern(text)], "where": [], "general": False} | fields
        for number, text in enumerate(patterns)
    ]
    return {"entries": entries, "words": {word: 1.0 for one in entries for word in one["patterns"][0]}}


def test_paths_numbers_quotes_and_colors_are_no_words():
    text = "\x1b[31mFile «/a/b c.py», line 12: can\u2019t open 'C:\\Users\\me\\x.gguf' at 0x7f1c, https://x.org/y v2.1"
    assert words(text) == ["file", "py", "line", "can", "open", "at", "v2"]


def test_the_same_words_whatever_the_quotes():
    assert words("tensor 'a' not found") == words("tensor “a” not found") == words("tensor «a» not found")


def test_contains_wants_the_words_side_by_side_except_at_the_gap():
    one = pattern("model type … but Transformers does not")
    assert contains(one, words("has model type `qwen99` but Transformers does not recognize"))
    assert not contains(one, words("model of type x but Transformers does not"))
    assert not contains(one, words("but Transformers does not know model type x"))


def test_a_message_is_found_between_other_lines_and_gives_its_words():
    found = find(
        index("group size … does not divide"), "INFO start\ngroup size 100 surely does not divide\nbye"
    )
    assert [(one.slug, one.words) for one in found] == [("e0", ("group", "size", "does", "not", "divide"))]


def test_scattered_words_are_no_match():
    text = " ".join(
        f"{word} {'filler ' * 12}" for word in ("group", "size", "does", "not", "divide", "width")
    )
    assert find(index("group size does not divide width"), text) == []


def test_a_cause_comes_before_what_follows_from_it():
    one = index("magic characters invalid here", "failed to load the model from this file")
    one["entries"][1]["general"] = True
    found = find(one, "magic characters invalid here\nfailed to load the model from this file")
    assert [match.slug for match in found] == ["e0", "e1"]


def test_a_context_word_is_demanded_anywhere_in_the_paste():
    one = index("cannot reshape array", where=["gguf"])
    assert find(one, "ValueError: cannot reshape array") == []
    assert find(one, 'File "/x/gguf/reader.py"\nValueError: cannot reshape array')


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "…",
        "\x00" * 100,
        "a " * 50_000,
        "error " * 50_000,
        "a" * 300_000,
        "/" * 300_000,
        "." * 300_000,
        "\x1b[" * 100_000,
    ],
)
def test_nothing_is_found_in_nothing(text):
    assert kb.search(text) == []


def test_the_index_has_every_message_of_its_own(root):
    for entry in kb.load()["entries"]:
        message = (root / "snippets/errors" / entry["slug"] / "expected.txt").read_text("utf-8")
        found = kb.search(" ".join(entry["where"]) + "\n" + message)
        assert found and found[0].slug == entry["slug"], (entry["slug"], found)


def test_pasted_messages_find_their_entry_first():
    assert len(PASTED) >= 150
    wrong = [(one["slug"], [m.slug for m in kb.search(one["text"])]) for one in PASTED]
    wrong = [(slug, found) for slug, found in wrong if found[:1] != [slug]]
    assert len(wrong) <= 0.05 * len(PASTED), wrong


def test_every_entry_is_pasted_three_times():
    counts = [sum(one["slug"] == entry["slug"] for one in PASTED) for entry in kb.load()["entries"]]
    assert min(counts) >= 3


def test_unrelated_messages_find_nothing():
    assert len(UNRELATED) >= 50
    wrong = [(text[-80:], found) for text in UNRELATED if (found := kb.search(text))]
    assert len(wrong) <= 0.02 * len(UNRELATED), wrong
