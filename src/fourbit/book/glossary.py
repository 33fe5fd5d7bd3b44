"""The glossary: `*[term]: definition` once, in the section that introduces it; the rest is in docs/glossary.toml.

An entry of that file is named by its term:

    symbol, unit  how it is written and measured, when it is
    also          other names and spellings; plurals are known
    related       other terms of the glossary, at least one
    not           what it is not to be taken for
    only          pages under docs/, or beginnings of their paths, when the word means something else on the others
    chapter       for a term of docs/glossary.md: the number of the chapter that will introduce it
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache, cached_property
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from markdown.extensions.toc import slugify

from fourbit.book.headings import Heading, find_headings
from fourbit.book.page import CODE_SPAN, MATH, TERM, Page, blank
from fourbit.book.problem import Problem
from fourbit.errors import UserError

if TYPE_CHECKING:
    from fourbit.book.contents import Contents, Place

PAGE = "docs/glossary.md"
FILE = "docs/glossary.toml"
NOT_PROSE = re.compile(
    r"^[ \t>]*(?:#{1,6} |!!!|\?\?\?).*$|!?\[[^\]]*\]\([^)]*\)|\[\[[^\]]*\]\]", re.MULTILINE
)
ONE_SENTENCE = re.compile(r"[^.!?]*(?:[.!?](?! [A-Z])[^.!?]*)*[.!?]")


@dataclass(frozen=True)
class Entry:
    """What docs/glossary.toml says of a term."""

    symbol: str = ""
    unit: str = ""
    also: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    confusion: str = ""  # `not` in the file
    only: tuple[str, ...] = ("",)
    chapter: int = 0


@dataclass(frozen=True)
class Term:
    name: str
    definition: str
    page: Page
    line: int
    entry: Entry

    def means(self, page: str | None) -> bool:
        """Whether its word has this sense on a page; one that the host does not name counts as any."""
        return page is None or page.removeprefix("docs/").startswith(self.entry.only)

    @property
    def id(self) -> str:
        return slugify(self.name, "-")

    @cached_property
    def forms(self) -> set[str]:
        """All that a text may call it: its names, their plurals, and each as the first word of a sentence."""
        found = {form for name in (self.name, *self.entry.also) for form in (name, _plural(name))}
        return found | {_flip(form) for form in found}

    @property
    def section(self) -> Heading | None:
        """The heading under which it is defined; None before the first section."""
        above = [one for one in find_headings(self.page.markup) if one.line < self.line and one.level > 1]
        return above[-1] if above else None


def _plural(name: str) -> str:
    if name.endswith("s") or not name[-1].isalnum():
        return name
    for pattern, ending in (
        (r"(?<=matri)x$", "ces"),
        (r"(?<=[^aeiou])y$", "ies"),
        (r"(?<=[^\WA-Z]x|ch|sh)$", "es"),
    ):
        if re.search(pattern, name):
            return re.sub(pattern, ending, name)
    return f"{name}s"


def _flip(name: str) -> str:
    """With the other case of its first letter; names such as GPTQ and vLLM have only one."""
    return name[0].swapcase() + name[1:] if name[1:2].islower() else name


def load_entries(root: Path) -> dict[str, Entry]:
    """The entries of docs/glossary.toml; none without the file; UserError when it is malformed."""
    file = root / FILE
    return _load(file, file.stat().st_mtime_ns) if file.is_file() else {}


@cache
def _load(file: Path, changed: int) -> dict[str, Entry]:
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{FILE}: not valid TOML: {error}") from None
    known = {one.name: type(one.default) for one in fields(Entry)}
    known["not"] = known.pop("confusion")
    entries = {}
    for name, given in found.items():
        given = {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}
        wrong = [key for key, value in given.items() if type(value) is not known.get(key)]
        if wrong:
            told = f"unknown or of the wrong type: {', '.join(wrong)}; use {', '.join(known)}"
            raise UserError(f"{FILE}: [{name}]: {told}")
        given["confusion"] = given.pop("not", "")
        entries[name] = Entry(**given)
    return entries


def find_terms(pages: list[Page], entries: dict[str, Entry]) -> list[Term]:
    """All definitions, in alphabetical order."""
    terms = [
        Term(name, text, page, line, entries.get(name, Entry()))
        for page in pages
        for name, text, line in page.terms
    ]
    return sorted(terms, key=lambda term: (term.name.casefold(), term.page.name, term.line))


def without_definitions(text: str) -> str:
    """`text` with the lines that define terms blanked out."""
    return "\n".join("" if TERM.match(line) else line for line in text.split("\n"))


@cache
def pattern_of(forms: frozenset[str]) -> re.Pattern:
    """Finds any of `forms` as words of their own, the longest first; a line may break at a space."""
    return re.compile(rf"(?<![\w./\\-]){_choice(forms)}(?![\w/-]|\.\w)")


def _choice(words: set[str]) -> str:
    """A pattern for any of `words` that branches letter by letter, as trying hundreds at each place is slow."""
    branches = []
    for first in sorted({word[0] for word in words if word}):
        rest = _choice({word[1:] for word in words if word.startswith(first)})
        branches.append((r"\s+" if first == " " else re.escape(first)) + rest)
    if not branches:
        return ""
    return f"(?:{'|'.join(branches)}){'?' * ('' in words)}"


def check_terms(contents: "Contents") -> Iterator[Problem]:
    """What is wrong with the glossary: terms defined twice, not at all, unused, or with entries that do not fit."""
    owners: dict[str, Term] = {}
    for term in contents.terms:
        for form in sorted(term.forms, key=lambda form: (form != term.name, form)):
            before = owners.setdefault(form.casefold(), term)
            if before is not term:
                found = f"{form!r}, also defined at {before.page.name}:{before.line}"
                yield _problem(term, "one definition of each term", found, "keep one of the two")
                break
        if re.search(r"\[\[|\]\(|[`*]", term.definition):
            found, mend = f"markup in that of {term.name!r}", "a tooltip shows text only; reword it"
            yield _problem(term, "a plain definition", found, mend)
        if not ONE_SENTENCE.fullmatch(term.definition):
            found = f"{term.definition!r}"
            yield _problem(term, f"one sentence for {term.name!r}", found, "say it in one, with its period")
        yield from _check_entry(term, contents)
        if not _used(term, contents):
            where = "another page or term" if term.page.name == PAGE else "the prose of its page"
            found = f"{term.name!r}, which nothing there uses"
            yield _problem(
                term, f"a term that {where} uses", found, "define it where it is introduced, or remove it"
            )
    names = {term.name for term in contents.terms}
    for name in contents.entries:
        if name not in names:
            yield Problem(FILE, 1, "the name of a defined term", repr(name), "correct it, or define the term")


def _problem(term: Term, expected: str, found: str, mend: str) -> Problem:
    return Problem(term.page.name, term.line, expected, found, mend)


def _check_entry(term: Term, contents: "Contents") -> Iterator[Problem]:
    names = {one.name for one in contents.terms} - {term.name}
    if not term.entry.related:
        yield _problem(term, f"related terms of {term.name!r}", "none", f"name one or more in {FILE}")
    for name in term.entry.related:
        if name not in names:
            yield _problem(
                term, f"related terms of {term.name!r}", f"{name!r}, which is no other term", f"mend {FILE}"
            )
    if term.page.name != PAGE and not term.means(term.page.name):
        found = f"{list(term.entry.only)}"
        yield _problem(
            term, f"its own page among the pages of {term.name!r}", found, f"mend `only` in {FILE}"
        )
    number = term.entry.chapter
    if number:
        chapter = next((one for one in contents.chapters if one.number == number), None)
        if chapter is None or term.page.name != PAGE:
            mend = "only a term of the glossary's own page waits for a chapter of the course"
            yield _problem(term, f"no `chapter` for {term.name!r}", str(number), mend)
        elif chapter.exists:
            mend = f"define it in {chapter.page}, and remove `chapter`"
            yield _problem(term, f"{term.name!r} in its chapter", "it here", mend)


def _used(term: Term, contents: "Contents") -> bool:
    pattern = pattern_of(frozenset(term.forms))
    if term.page.name != PAGE:
        return bool(pattern.search(_prose(term.page)))
    others = [one for one in contents.terms if one is not term]
    if any(term.name in one.entry.related or pattern.search(one.definition) for one in others):
        return True
    return any(pattern.search(_prose(page)) for page in contents.pages if page.name != PAGE)


def _prose(page: Page) -> str:
    """The text in which terms are explained, as far as the source tells."""
    text = without_definitions(page.markup)
    for pattern in (CODE_SPAN, MATH, NOT_PROSE):
        text = blank(pattern, text)
    return text


def glossary(place: "Place", argument: str) -> str:
    """`[[glossary]]`: every term as a heading, under its letter, with what is known of it."""
    by_letter = {letter: list(terms) for letter, terms in groupby(place.contents.terms, _letter)}
    jump = " ".join(f"[{letter}](#letter-{letter.lower()})" for letter in by_letter)
    parts = [f"{jump}\n{{: #fb-letters }}"]
    for letter, terms in by_letter.items():
        parts.append(f"## {letter} {{: #letter-{letter.lower()} }}")
        parts += [_show(term, place) for term in terms]
    return "\n\n".join(parts)


def _letter(term: Term) -> str:
    return term.name[0].upper() if term.name[0].isalpha() else "0-9"


def _show(term: Term, place: "Place") -> str:
    entry = term.entry
    facts = [f"**Symbol:** {entry.symbol}."] if entry.symbol else []
    facts += [f"**Unit:** {entry.unit}."] if entry.unit else []
    facts += [f"**Also:** {', '.join(entry.also)}."] if entry.also else []
    facts += filter(None, [_taught(term, place)])
    ids = {one.name: one.id for one in place.contents.terms}
    links = [f"[{name}](#{ids[name]})" for name in entry.related if name in ids]
    facts += [f"**See also:** {', '.join(links)}."] if links else []
    lines = [f"### {term.name}", term.definition]
    lines += [f"**Not to be taken for** {entry.confusion}"] if entry.confusion else []
    return "\n\n".join([*lines, "  \n".join(facts) + "\n{: .fb-defined }"] if facts else lines)


def _taught(term: Term, place: "Place") -> str:
    chapters = place.contents.chapters
    if term.page.name == PAGE:
        waiting = next((one for one in chapters if one.number == term.entry.chapter), None)
        return (
            f"**Introduced in** chapter {waiting.number}: {waiting.title} (in preparation)."
            if waiting
            else ""
        )
    titles = {one.page: f"Chapter {one.number}: {one.title}" for one in chapters}
    link = place.link(term.page.name)
    title = titles.get(term.page.name, term.page.title)
    section = f", [{term.section.title}]({link}#{term.section.id})" if term.section else ""
    return f"**Introduced in** [{title}]({link}){section}."
