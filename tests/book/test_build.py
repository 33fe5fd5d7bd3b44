"""The site builder itself, on a small site."""

import re
import subprocess
import sys

import pytest
from minibook import FILES, write

pytest.importorskip("mkdocs")

MORE = """\
# More

=== "One"

    [[r:01_memory_wall.size.share|.0%]] in a tab and $x_1$.

    ```python
    --8<-- "01_memory_wall/size.py:claim"
    ```

    ```output
    --8<-- "01_memory_wall/size.out"
    ```

??? note "Folded"

    [[table:01_memory_wall.size.rows|Name=name|Perplexity=ppl]]

    ```python
    --8<-- "01_memory_wall/size.py:claim"
    ```

<div markdown>
[[r:01_memory_wall.size.share|.0%]] in HTML
</div>

- in a list: [[r:01_memory_wall.size.share|.0%]][^1]

[^1]: in a note: [[r:01_memory_wall.size.share|.0%]] and `#!python x[0]`
"""


def build(book):
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    return subprocess.run(command, cwd=book, capture_output=True, text=True, check=False)


def test_strict_build(book):
    write(book, "docs/more.md", MORE)
    done = build(book)
    assert done.returncode == 0, done.stderr
    chapter = (book / "site/learn/01-memory-wall/index.html").read_text()
    assert 'class="fb-number"' in chapter and 'class="fb-stamp fb-recorded"' in chapter
    assert 'href="learn/01-memory-wall/"' in (book / "site/index.html").read_text()
    glossary = (book / "site/glossary/index.html").read_text()
    assert '<a href="../learn/01-memory-wall/">Chapter 1: The Memory Wall</a>' in glossary
    assert "<abbr" not in glossary
    more = (book / "site/more/index.html").read_text()
    assert more.count('class="fb-number"') == 4 and more.count('class="fb-stamp fb-run"') == 2
    assert more.count("size 4617000000") == 1 and "[[r:no]] is text" in more and "<table>" in more
    assert not re.search(r"\[\[(?!r:no)|wzxhzdk|--8<--", more)


def test_unknown_key_fails_the_build_and_names_the_line(book):
    page = "docs/learn/01-memory-wall.md"
    write(book, page, FILES[page].replace("size.bytes", "size.bites"))
    done = build(book)
    assert done.returncode != 0
    assert (
        "docs/learn/01-memory-wall.md:11: expected the key of a result, found '01_memory_wall.size.bites'"
        in done.stderr
    )
    assert "mend: correct the key or run: fourbit check 01_memory_wall --update" in done.stderr
