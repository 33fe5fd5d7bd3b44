"""Each guard of the page lint fires, with its whole message."""

import re

import pytest
from minibook import FILES, record, write

from fourbit.book.pages import check_pages, stale_results

ONE = "docs/learn/01-memory-wall.md"
SPEED = "snippets/01_memory_wall/speed.py"


def problems(book):
    return [str(problem) for problem in check_pages(book)]


def test_the_small_book_has_no_problem(book):
    assert problems(book) == []


FAULTY = {
    '```python\n--8<-- "01_memory_wall/siz.py"\n```': "expected a file under snippets/, found '01_memory_wall/siz.py', "
    "which does not exist (nearest: size.py, speed.py, size.out); mend: correct the path or write the file",
    '```python\n--8<-- "01_memory_wall/size.py:x"\n```': "expected a section of 01_memory_wall/size.py, found 'x' (its "
    "sections: claim); mend: correct the name",
    "[[cite:none]]": "expected a source in docs/sources.toml, found 'none' (nearest: none); mend: correct the id or add "
    "the source",
    "It takes 12 GB.": "expected no measured number typed by hand, found '12 GB'; mend: show a result with "
    "[[r:key|format]], or name the source in that sentence with [[cite:id]]",
    "```python\nprint(1)\n```": "expected a fence that only includes files under snippets/, found typed text in a fence "
    "marked 'python'; mend: move it to a snippet, or mark it as in ```{.python .sketch} if it is not to be run",
    "```\n$ ls\n```": "expected a fence that only includes files under snippets/, found typed text in a fence marked ''; "
    "mend: move it to a snippet, or mark it as in ```{.python .sketch} if it is not to be run",
    "````{.text .sketch}\na\n````": "expected a fence of three backticks, found ````; mend: use ``` and include files",
    "~~~{.text .sketch}\na\n~~~": "expected a fence of three backticks, found ~~~; mend: use ``` and include files",
    '--8<-- "01_memory_wall/size.py"': 'expected includes inside fences only, found --8<-- "01_memory_wall/size.py"; '
    "mend: put it in a fence",
    "[x](learn/none.md)": "expected a link to an existing file, found learn/none.md, and docs/learn/none.md does not "
    "exist; mend: correct the path",
}


@pytest.mark.parametrize("text", FAULTY)
def test_faulty_text(book, text):
    write(book, "docs/more.md", f"# More\n\n{text}\n")
    assert problems(book) == [f"docs/more.md:3: {FAULTY[text]}"]


def test_unknown_key_names_the_line_and_not_the_same_text_in_code(book):
    write(
        book,
        "docs/more.md",
        "# More\n\n`[[r:01_memory_wall.size.byte]]`\n\nx [[r:01_memory_wall.size.byte]]\n",
    )
    (problem,) = problems(book)
    assert problem.startswith(
        "docs/more.md:5: expected the key of a result, found '01_memory_wall.size.byte' (nearest: "
    )
    assert problem.endswith("; mend: correct the key or run: fourbit check 01_memory_wall --update")


def test_sketches_and_comments_are_allowed(book):
    write(
        book,
        "docs/more.md",
        "# More\n\n```{.python .sketch}\nx\n```\n\n```yaml\na: 1\n```\n\n<!-- 12 GB [[r:x]] -->\n",
    )
    assert problems(book) == []


def test_snippet_that_no_page_shows(book):
    write(book, "snippets/01_memory_wall/lost.py", "print(1)\n")
    expected = (
        "snippets/01_memory_wall/lost.py:1: expected a page that shows it, found none; mend: include it in a "
    )
    assert problems(book) == [f"{expected}page or delete it"]
    write(book, "docs/more.md", "[[proof:01_memory_wall/lost.py]]\n")
    assert problems(book) == []


PARTS = {
    "title: The memory wall\n": "expected a title in the front matter, found none; mend: add a line `title: ...`",
    "description: How fast a model can run.\n": "expected a description in the front matter, found none; mend: add a "
    "line `description: ...`",
    "[[chapter:1]]": "expected [[chapter:1]], found none; mend: add it on a line of its own",
    "[[around:1]]": "expected [[around:1]], found none; mend: add it on a line of its own",
    "Key insight": "expected a heading or admonition 'Key insight', found none; mend: add that part",
    "## Exercise": "expected a heading or admonition 'Exercise', found none; mend: add that part",
    "## Self-test": "expected a heading or admonition 'Self-test', found none; mend: add that part",
}


@pytest.mark.parametrize("part", PARTS)
def test_chapter_lacks_a_part(book, part):
    write(book, ONE, FILES[ONE].replace(part, ""))
    assert problems(book) == [f"{ONE}:1: {PARTS[part]}"]


def test_chapter_that_the_course_lacks(book):
    write(book, "docs/learn/03-more.md", "# More\n")
    expected = (
        "docs/learn/03-more.md:1: expected a chapter of the course, found a page that docs/learn/course.toml "
    )
    assert problems(book) == [
        f"{expected}lacks; mend: give it an entry in docs/learn/course.toml or rename it"
    ]


CLAIM = """\
# Facts

### It is always faster

> "It is 3x faster."

**Verdict:** false
**In short:** Not always.
**Source:** [[cite:awq]]
**Proof:** [[proof:01_memory_wall/size.py]]
"""


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("Verdict", "**Verdict:** and a word"),
        ("In short", "**In short:** and a sentence"),
        ("Source", "**Source:** with a [[cite:id]]"),
        ("Proof", "**Proof:** with a [[proof:file]], or `none:` and the reason"),
    ],
)
def test_claim_lacks_a_line(book, label, expected):
    write(book, "docs/factcheck.md", CLAIM)
    assert problems(book) == []
    write(book, "docs/factcheck.md", re.sub(rf"\*\*{label}:.*\n", "", CLAIM))
    message = f"expected {expected}, found none under 'It is always faster'; mend: add the line"
    assert problems(book) == [f"docs/factcheck.md:3: {message}"]


def test_a_claim_may_have_no_proof_for_a_reason(book):
    write(book, "docs/factcheck.md", re.sub(r"\[\[proof.*", "none: it is about a date", CLAIM))
    assert problems(book) == []


def test_problems_come_in_the_order_of_the_pages(book):
    write(book, "docs/a.md", "It takes 12 GB.\n\n[x](none.md)\n\n[[cite:none]]\n\n```python\n1\n```\n")
    write(book, "snippets/01_memory_wall/lost.py", "print(1)\n")
    places = [(problem.page, problem.line) for problem in check_pages(book)]
    assert places == [("docs/a.md", n) for n in (1, 3, 5, 7)] + [("snippets/01_memory_wall/lost.py", 1)]


def test_one_chapter_only(book):
    write(book, "docs/more.md", "It takes 12 GB.\n")
    write(book, ONE, FILES[ONE] + "\nIt takes 13 GB.\n")
    (problem,) = check_pages(book, "01_memory_wall")
    assert (problem.page, problem.found) == (ONE, "'13 GB'")


def test_stale_result_is_told_but_is_no_problem(book):
    assert stale_results(book) == []
    script = book / SPEED
    script.write_text(script.read_text() + "print(2)\n")
    (problem,) = stale_results(book)
    assert str(problem) == (
        f"{SPEED}:1: expected code as it was when recorded, found code that has changed since 2026-11-21; "
        "mend: measure it again: fourbit check 01_memory_wall --record speed"
    )
    assert problems(book) == [] and stale_results(book, "02_gptq") == []
    record(book)
    assert stale_results(book) == []
