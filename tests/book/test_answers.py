"""Quick answers: what a page must have, the list of them, and that all real ones hold to it."""

import re

import minibook
import pytest
from markdown import Markdown

from fourbit.book.answers import TOPICS, WORDS, check_answer, find_answers
from fourbit.book.contents import Contents
from fourbit.book.page import Mistake, Page

GOOD = """---
title: "Is 8-bit lossless?"
description: "No, but Q8_0 is near."
topic: quality
---

No, but [`Q8_0`](../learn/01-one.md) is *near*. More in a second sentence, with [[cite:paper]].

```bash
--8<-- "one/a.sh:main"
```

See [chapter 1](../learn/01-one.md#first).
"""


def problems(text: str, name: str = "docs/answers/x.md") -> list[str]:
    return [one.expected for one in check_answer(Page(name, text), None)]


def test_a_good_page_has_no_problem():
    assert problems(GOOD) == []
    assert problems("# Anything", "docs/answers/index.md") == []
    assert problems("# Anything", "docs/learn/01-one.md") == []


BAD = {
    "a question as the title": ("lossless?", "lossless"),
    "one sentence as the description": ("Q8_0 is near.", "Q8_0 is near. Really."),
    "the description as the first sentence": ("is *near*. More", "is *far*. More"),
    "no heading": ("See [chapter", "## More\n\nSee [chapter"),
    f"at most {WORDS} words": ("See [chapter", "word " * WORDS + "See [chapter"),
    "a link to a chapter": ("../learn/01-one.md", "../tools/x.md"),
    "a block with a command": ("```bash", "```python"),
    "directives on one line each": ("[[cite:paper]]", "[[r:one.a.b]] and [[cite:paper|table\n4]]"),
    "a number with its source": ("[[cite:paper]]", "42"),
    f"a topic of {', '.join(TOPICS)}": ("topic: quality", "topic: other"),
    "a field 'description' in the front matter of docs/answers/x.md": ("description", "summary"),
}


@pytest.mark.parametrize("expected", BAD)
def test_each_rule_is_told(expected):
    old, new = BAD[expected]
    changed = GOOD.replace(old, new)
    assert changed != GOOD and expected in problems(changed)


def test_a_description_goes_on_to_its_end():
    assert problems(GOOD.replace("is *near*. More", "is *nearly* so. More"))


def test_the_list_has_all_by_topic(book):
    for name, title, topic in (
        ("a", "Why slow?", "speed"),
        ("b", "Will it fit?", "fit"),
        ("c", "A first?", "fit"),
    ):
        text = GOOD.replace("Is 8-bit lossless?", title).replace("topic: quality", f"topic: {topic}")
        minibook.write(book, f"docs/answers/{name}.md", text)
    html = minibook.render(book, "[[answers]]\n")
    places = [
        html.index(part) for part in ('id="fit"', "A first?", "Will it fit?", 'id="speed"', "Why slow?")
    ]
    assert places == sorted(places) and 'id="quality"' not in html
    minibook.write(book, "docs/answers/d.md", "no front matter")
    with pytest.raises(Mistake, match=r"docs/answers/d\.md"):
        find_answers(Contents(book).pages)


@pytest.fixture(scope="module")
def contents(root):
    return Contents(root)


def test_all_answers_of_the_book(contents):
    found = [str(problem) for page in contents.pages for problem in check_answer(page, contents)]
    assert not found, "\n".join(found)
    answers = find_answers(contents.pages)
    assert len(answers) >= 32 and {one.topic for one in answers} == set(TOPICS)
    assert len({one.title for one in answers}) == len({one.description for one in answers}) == len(answers)


def test_troubleshooting_ends_at_something_that_helps(contents):
    """Each question that holds no other one has a link; each symptom has a command first."""
    page = next(one for one in contents.pages if one.name == "docs/troubleshoot.md")
    html = Markdown(extensions=["pymdownx.details", "pymdownx.superfences"]).convert(page.markup)
    leaves = re.findall(r"<details[^>]*>((?:(?!<details)[\s\S])*?)</details>", html)
    assert len(leaves) >= 15 and html.count("<details") > len(leaves)
    for leaf in leaves:
        assert "<a href" in leaf, leaf
    symptoms = html.split("<h2>")[1:]
    assert len(symptoms) == 5
    for symptom in symptoms:
        assert "<code>fourbit " in symptom.split("<details", 1)[0]
    targets = re.findall(r'href="(\w+)/', html)
    assert {"errors", "answers", "learn"} <= set(targets)
