"""Lint: what has to hold on every page before it is published, checked without building the site."""

import re
from collections.abc import Iterator
from pathlib import Path

from fourbit.book.answers import check_answer
from fourbit.book.contents import Contents, Place
from fourbit.book.directives import expand, find_directives
from fourbit.book.fences import OUTPUT, check_includes
from fourbit.book.glossary import check_terms
from fourbit.book.links import check_links
from fourbit.book.page import INCLUDE, Mistake, Page
from fourbit.book.problem import Problem
from fourbit.book.prose import bare_numbers
from fourbit.book.quiz import check_quizzes
from fourbit.book.results import Results
from fourbit.book.snippets import discover
from fourbit.book.tiers import CODE

INCLUDED_ONLY = (*CODE, "text", OUTPUT, "")
CHAPTER_FILE = re.compile(r"docs/learn/\d\d-[\w-]+\.md")
PARTS = ("Key insight", "Exercise", "Self-test")
CLAIM_LINES = {
    "Verdict": (r".+", "**Verdict:** and a word"),
    "In short": (r".+", "**In short:** and a sentence"),
    "Source": (r".*\[\[cite:.+", "**Source:** with a [[cite:id]]"),
    "Proof": (
        r"(?:.*\[\[proof:.+|none: \S.*)",
        "**Proof:** with a [[proof:file]], or `none:` and the reason",
    ),
}


def check_pages(root: Path, chapter: str | None = None) -> list[Problem]:
    """Every problem on the pages, in order; of one `chapter` only when its folder (`03_gptq`) is given."""
    contents = Contents(root)
    problems = [*_unshown(contents), *check_terms(contents)]
    for page in contents.pages:
        for check in (_fences, _includes, _directives, _numbers, _chapter, _claims, check_answer):
            problems += check(page, contents)
        problems += [*check_links(page, contents), *check_quizzes(page, contents)]
    if chapter:
        page = next((one.page for one in contents.chapters if one.folder == chapter), "")
        problems = [
            one for one in problems if one.page == page or one.page.startswith(f"snippets/{chapter}/")
        ]
    return sorted(problems)


def stale_results(root: Path, chapter: str | None = None) -> list[Problem]:
    """Recorded results whose code has changed since: to be told, not to be failed."""
    stale = []
    for result in Results(root).by_snippet.values():
        snippet = result.snippet
        if result.stale and chapter in (None, snippet.chapter):
            found = f"code that has changed since {result.provenance['date']}"
            mend = f"measure it again: fourbit check {snippet.chapter} --record {snippet.path.stem}"
            stale.append(Problem(snippet.file, 1, "code as it was when recorded", found, mend))
    return stale


def _unshown(contents: Contents) -> Iterator[Problem]:
    shown = {name for page in contents.pages for fence in page.fences for name, _ in fence.includes}
    for page in contents.pages:
        shown |= {match["argument"] for match in find_directives(page.markup) if match["name"] == "proof"}
    for snippet in discover(contents.root):
        if snippet.name not in shown:
            mend = "include it in a page or delete it"
            yield Problem(snippet.file, 1, "a page that shows it", "none", mend)


def _fences(page: Page, contents: Contents) -> Iterator[Problem]:
    for fence in page.fences:
        if fence.marker != "```":
            mend = "use ``` and include files"
            yield Problem(page.name, fence.first, "a fence of three backticks", fence.marker, mend)
        if fence.includes:
            try:
                check_includes(fence, contents)
            except Mistake as mistake:
                yield mistake.at(page.name, fence.first)
        elif fence.language in INCLUDED_ONLY and "sketch" not in fence.classes:
            expected = "a fence that only includes files under snippets/"
            found = f"typed text in a fence marked {fence.info!r}"
            mend = "move it to a snippet, or mark it as in ```{.python .sketch} if it is not to be run"
            yield Problem(page.name, fence.first, expected, found, mend)


def _includes(page: Page, contents: Contents) -> Iterator[Problem]:
    for number, line in enumerate(page.markup.split("\n"), 1):
        if INCLUDE.match(line):
            yield Problem(page.name, number, "includes inside fences only", line.strip(), "put it in a fence")


def _directives(page: Page, contents: Contents) -> list[Problem]:
    found = []

    def complain(mistake: Mistake, match: re.Match) -> None:
        found.append(mistake.at(page.name, match.string.count("\n", 0, match.start()) + 1))

    expand(page.markup, Place(contents, page.name, stash=str), complain)
    return found


def _numbers(page: Page, contents: Contents) -> Iterator[Problem]:
    for line, number in bare_numbers(page):
        mend = "show a result with [[r:key|format]], or name the source in that sentence with [[cite:id]]"
        yield Problem(page.name, line, "no measured number typed by hand", repr(number), mend)


def _chapter(page: Page, contents: Contents) -> Iterator[Problem]:
    if not CHAPTER_FILE.fullmatch(page.name):
        return
    chapter = next((one for one in contents.chapters if one.page == page.name), None)
    if not chapter:
        found = "a page that docs/learn/course.toml lacks"
        mend = "give it an entry in docs/learn/course.toml or rename it"
        yield Problem(page.name, 1, "a chapter of the course", found, mend)
        return
    for field in ("title", "description"):
        if not page.front_matter.get(field):
            mend = f"add a line `{field}: ...`"
            yield Problem(page.name, 1, f"a {field} in the front matter", "none", mend)
    for name in ("chapter", "around"):
        directive = f"[[{name}:{chapter.number}]]"
        if directive not in page.markup:
            yield Problem(page.name, 1, directive, "none", "add it on a line of its own")
    for part in PARTS:
        heading = rf"^\s*(?:#{{2,}}|!!!|\?\?\?\+?)\s.*{part}"
        if not re.search(heading, page.markup, re.MULTILINE | re.IGNORECASE):
            yield Problem(page.name, 1, f"a heading or admonition {part!r}", "none", "add that part")


def _claims(page: Page, contents: Contents) -> Iterator[Problem]:
    if page.name != "docs/factcheck.md":
        return
    for heading in re.finditer(r"^### (.+)$", page.markup, re.MULTILINE):
        body = re.split(r"^#{1,3} ", page.markup[heading.end() :], maxsplit=1, flags=re.MULTILINE)[0]
        line = page.markup.count("\n", 0, heading.start()) + 1
        for label, (pattern, expected) in CLAIM_LINES.items():
            if not re.search(rf"^\*\*{label}:\*\* *{pattern}", body, re.MULTILINE):
                yield Problem(page.name, line, expected, f"none under {heading[1]!r}", "add the line")
