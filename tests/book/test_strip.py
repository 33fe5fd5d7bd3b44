"""The damage strip: what it shows of the recorded runs, and its mistakes."""

import re

import pytest

from fourbit.book.contents import Contents, Place
from fourbit.book.page import Mistake
from fourbit.book.strip import BOUNDS, level, strip


@pytest.fixture
def place(root):
    return Place(Contents(root), "docs/index.md", lambda html: html)


def test_it_shows_each_version_with_a_color_for_each_token(place):
    html = strip(place, "docs|f16,q4_k,rtn2|q4_k")
    assert re.findall(r'value="(\w+)"( checked)?', html) == [("f16", ""), ("q4_k", " checked"), ("rtn2", "")]
    recorded = place.contents.results["damage.continuations.docs"].value["versions"]
    views = re.findall(r'fb-strip-text">(.*?)</p>', html, re.DOTALL)
    for view, name in zip(views, ("f16", "q4_k", "rtn2"), strict=True):
        levels = [int(one) for one in re.findall(r'class="fb-k(\d)"', view)]
        assert levels == [level(kl) for kl in recorded[name]["own"]]
    assert "F16 would have written 30 of these 36 tokens" in html


def test_colors_go_by_nats():
    assert [level(kl) for kl in (0, *BOUNDS, 50)] == [0, 1, 2, 3, 4, 5, 6, 6]
    assert level(0.0099) == 0


def test_all_versions_are_shown_unless_some_are_named(place):
    assert strip(place, "code").count('type="radio"') == 8
    assert "fb-strip-code" in strip(place, "code") and "fb-strip-code" not in strip(place, "docs")


@pytest.mark.parametrize(
    "argument, wrong", [("docs|q5_k", "q5_k"), ("docs|f16|q9", "q9"), ("poems", "poems")]
)
def test_mistakes_are_named(place, argument, wrong):
    with pytest.raises(Mistake, match=wrong):
        strip(place, argument)
