"""Outputs are compared without what differs between machines, and with nothing else forgiven."""

import tempfile
from pathlib import Path

import pytest

from fourbit.book.normalize import compare, compare_svg, normalize

ROOT = Path("/work/clone")


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("saved /work/clone/out.gguf", "saved ./out.gguf"),
        ("in /work/clone", "in ."),
        ("/work/clones/x", "/work/clones/x"),
        (f"{Path.home()}/.cache", "~/.cache"),
        (f"{tempfile.gettempdir()}/tmpab12_cd9/x", "/tmp/tmpdir/x"),
        (f"{tempfile.gettempdir()}/fourbit-ab12_cd9/tmpab12_cd9/x", "/tmp/tmpdir/x"),
        ("/opt/py/lib/python3.12/site-packages/x.py", "python3/site-packages/x.py"),
        ("<object at 0x7f3a5c0d1e50>", "<object at 0x…>"),
        ("magic 0x46554747", "magic 0x46554747"),
        ("done in 12.3 s", "done in … s"),
        ("0.7 s per token", "0.7 s per token"),
        ("2026-11-21T04:33:48Z start", "YYYY-MM-DD hh:mm start"),
        ("released 2026-11-21", "released 2026-11-21"),
        ("pid 4711", "pid …"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("10%\r 50%\rdone", "done"),
        ("trailing  \n\n", "trailing"),
    ],
)
def test_what_is_hidden_and_what_is_not(printed, shown):
    assert normalize(printed, ROOT) == f"{shown}\n"


def test_normalizing_twice_changes_nothing_and_nothing_stays_nothing():
    text = normalize("took 1.5 s at 0x7f3a5c0d1e50\n/work/clone/x", ROOT)
    assert normalize(text, ROOT) == text
    assert normalize("\n\n", ROOT) == ""


def test_without_a_tolerance_outputs_must_be_equal():
    assert compare("a 1.0\n", "a 1.0\n") is None
    assert compare("head\na 1.00\n", "head\na 1.01\n") == "@@ -1,2 +1,2 @@\n head\n-a 1.00\n+a 1.01"


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        ("ppl 18.07", "ppl 18.10"),
        ("loss 1.000e-05 x", "loss 1.001e-05 x"),
        ("|  9.99|", "| 10.02|"),
        ("1.50x", "1.51x"),
    ],
)
def test_a_tolerance_forgives_numbers_with_a_decimal_point(expected, got):
    assert compare(expected, got, tolerance=0.01) is None
    assert compare(expected, got, tolerance=0.0001)


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        ("100 tokens", "101 tokens"),
        ("version 1.2.3", "version 1.2.4"),
        ("q4.1", "q4.0"),
        ("1.0 GB", "1.0 MB"),
        ("1", "1.0"),
    ],
)
def test_a_tolerance_never_forgives_integers_versions_or_words(expected, got):
    assert compare(expected, got, tolerance=0.5)


def test_a_diff_shows_only_lines_beyond_the_tolerance_and_is_short():
    assert compare("a 1.000\nb 2.0\nc 1", "a 1.001\nb 4.0\nc 1", tolerance=0.01).splitlines()[1:] == [
        " a 1.000",
        "-b 2.0",
        "+b 4.0",
        " c 1",
    ]
    long = compare("".join(f"{n}\n" for n in range(99)), "")
    assert len(long.splitlines()) == 21 and long.endswith("... 80 more lines")


def test_pictures_may_differ_by_less_than_one_can_see():
    picture = '<path id="m1a2b3c4d5e" d="M 72 10.5"/>\n<text x="3.00">0.51</text>\n<!-- 0.51 -->\n'
    assert (
        compare_svg(picture, picture.replace("72 ", "72.01 ").replace("m1a2b3c4d5e", "m0f0f0f0f0f")) is None
    )
    assert compare_svg(picture, picture.replace("72", "72.5"))
    assert compare_svg(picture, picture.replace(">0.51<", ">0.52<"))
    assert compare_svg(picture, picture.replace("- 0.51 -", "- 0.52 -"))


def test_digits_beyond_the_sixth_are_dropped():
    text = '{"a": 0.0018301029250642974, "b": -1.2345678901e-07, "c": 12345678, "d": 0.25, "v": "1.2.34567890123"}'
    expected = '{"a": 0.0018301, "b": -1.23457e-07, "c": 12345678, "d": 0.25, "v": "1.2.34567890123"}'
    assert normalize(text, Path("/nowhere")) == expected + "\n"
