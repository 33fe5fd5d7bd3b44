"""Copies of documents: found by hash and by MinHash, whose estimate is checked against the real similarity."""

import numpy as np
import pytest

from fourbit import tiny
from fourbit.calibration.duplicates import BANDS, ROWS, SHINGLE, WORD, Duplicates, minima
from fourbit.calibration.sources import Document


def words(count, seed):
    return [f"w{i}" for i in np.random.default_rng(seed).integers(10_000, size=count)]


def kept(*texts, near=0.8):
    duplicates = Duplicates(near)
    found = [document.text for document in duplicates.dropped(Document(text, "") for text in texts)]
    return found, duplicates.exact, duplicates.near


@pytest.mark.parametrize("changed", [0, 2, 10, 40, 200])
def test_the_signature_estimates_the_similarity(changed):
    one = words(2000, 0)
    two = list(one)
    for place in np.random.default_rng(1).choice(2000, changed, replace=False):
        two[place] = "new"

    def shingles(text):
        return {tuple(text[i : i + SHINGLE]) for i in range(len(text) - SHINGLE + 1)}

    a, b = shingles(one), shingles(two)
    real = len(a & b) / len(a | b)
    spread = (real * (1 - real) / (BANDS * ROWS)) ** 0.5
    assert abs((minima(one) == minima(two)).mean() - real) <= 3.5 * spread + 1e-9


def test_equal_text_is_dropped_whatever_its_case_and_spaces():
    assert kept("One two three.", "one  TWO\nthree.", "One two four.") == (
        ["One two three.", "One two four."],
        1,
        0,
    )
    assert kept("a + b", "a - b")[0] == ["a + b", "a - b"]
    assert kept("", "  \n", "x") == (["x"], 0, 0)


def test_similar_text_is_dropped_and_other_text_is_not():
    one = words(400, 0)
    similar, other = [*one[:200], "new", *one[201:]], words(400, 1)
    found = kept(*map(" ".join, (one, similar, other)))
    assert found == ([" ".join(one), " ".join(other)], 0, 1)
    assert kept(*map(" ".join, (one, similar)), near=None)[1:] == (0, 0)


def test_scripts_without_spaces_are_compared_by_character():
    assert WORD.findall("量化 ab1 ไทย γράμμα ქართული 한국어") == [
        *"量化",
        "ab1",
        *"ไทย",
        "γράμμα",
        "ქართული",
        "한국어",
    ]
    text = "".join(chr(0x4E00 + i) for i in np.random.default_rng(0).integers(20_000, size=300))
    assert kept(text, text[:150] + "一" + text[151:])[2] == 1


def test_evaluation_texts_are_not_near_copies_of_calibration_texts():
    for domain in tiny.DOMAINS:
        ours, theirs = (
            [
                minima(found)
                for text in tiny.documents(domain, split)
                if len(found := WORD.findall(text.lower())) >= SHINGLE
            ]
            for split in ("calibration", "evaluation")
        )
        assert max((a == b).mean() for a in ours for b in theirs) < 0.3


def test_legal_texts_are_licenses_that_may_be_copied():
    from fourbit.tiny.legal import ALLOWED

    for split in ("calibration", "evaluation"):
        for text in tiny.documents("legal", split):
            flat = " ".join(text.split())
            public = flat.startswith(
                ("The Constitution of the United States", "The Declaration of Independence")
            )
            assert public or "Creative Commons" in flat or ALLOWED.search(flat), flat[:80]
