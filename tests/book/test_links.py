"""Relative links and anchors, and that anchors are those the builder makes."""

import re

import pytest
from minibook import render, write

from fourbit.book.contents import Contents
from fourbit.book.links import anchors, check_links

HEADINGS = """\
# One & two

## Why `x` is *not* [a link](learn/01-memory-wall.md)?

## Twice

## Twice

## Named {#own}

## Of [[r:01_memory_wall.size.share|.0%]]

!!! note

    ### Inside

```{.text .sketch}
# not a heading
```

[[glossary]]

<a id="raw"></a>
"""


def page(book, name, text):
    write(book, f"docs/{name}", text)
    contents = Contents(book)
    return next(one for one in contents.pages if one.name == f"docs/{name}"), contents


def test_anchors_are_those_of_the_builder(book):
    found = anchors(*page(book, "more.md", HEADINGS))
    assert found == set(re.findall(r'\bid="([^"]+)"', render(book, HEADINGS)))
    assert {"one-two", "twice_1", "own", "inside", "kv-cache", "raw"} <= found


@pytest.mark.parametrize(
    "text",
    [
        "[a](learn/01-memory-wall.md#exercise) ![b](more.md) [c](#here) [d](https://example.org/x) [e](mailto:a@b.c)",
        "`[a](none.md)`\n\n```{.text .sketch}\n[a](none.md)\n```",
        "[a]\n\n[a]: index.md\n",
        '<a href="glossary.md#kv-cache">x</a>',
    ],
)
def test_good_links(book, text):
    assert list(check_links(*page(book, "more.md", f"# Here\n\n{text}"))) == []


BROKEN = {
    "[a](none.md)": "a link to an existing file, found none.md, and docs/none.md does not exist; mend: correct the path",
    "![a](a/b.svg)": "a link to an existing file, found a/b.svg, and docs/a/b.svg does not exist; mend: correct the path",
    "[a]: none.md": "a link to an existing file, found none.md, and docs/none.md does not exist; mend: correct the path",
    "[a](/learn/)": "a relative link that stays under docs/, found /learn/; mend: correct the path",
    "[a](../README.md)": "a relative link that stays under docs/, found ../README.md; mend: correct the path",
    "[a](#there)": "a link to an existing heading, found #there; docs/more.md has #here; mend: correct the anchor",
    "[a](learn/01-memory-wall.md#exercises)": "a link to an existing heading, found #exercises; "
    "docs/learn/01-memory-wall.md has #exercise, #self-test, #the-memory-wall; mend: correct the anchor",
}


@pytest.mark.parametrize("text", BROKEN)
def test_broken_links(book, text):
    (problem,) = check_links(*page(book, "more.md", f"# Here\n\n{text}"))
    assert str(problem) == f"docs/more.md:3: expected {BROKEN[text]}"
