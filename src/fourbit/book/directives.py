"""Directives: `[[name:argument]]` in the prose of a page, one small function each."""

import re
from collections.abc import Callable
from dataclasses import replace

from fourbit.book.answers import answers
from fourbit.book.contents import Place
from fourbit.book.course import around, chapter, course
from fourbit.book.errors import entry, errors, exempt
from fourbit.book.explorer import explorer
from fourbit.book.glossary import glossary
from fourbit.book.numbers import number, table
from fourbit.book.page import CODE_SPAN, Mistake
from fourbit.book.sources import cite, sources
from fourbit.book.strip import strip
from fourbit.book.tiers import proof, stamp, tiers

INLINE = {"r": number, "cite": cite, "proof": proof}
BLOCK = {
    "table": table,
    "stamp": stamp,
    "tiers": tiers,
    "sources": sources,
    "glossary": glossary,
    "chapter": chapter,
    "around": around,
    "strip": strip,
    "course": course,
    "errors": errors,
    "answers": answers,
    "entry": entry,
    "exempt": exempt,
    "explorer": explorer,
}
DIRECTIVE = re.compile(r"\[\[(?P<name>[a-z]+)(?::(?P<argument>[^\[\]\n]*))?\]\]")
TOKEN = re.compile(f"{CODE_SPAN.pattern}|{DIRECTIVE.pattern}")
OPEN_ATTRIBUTE = re.compile(r"!\[[^\]\n]*$|<[A-Za-z][^<>\n]*$")


def find_directives(text: str) -> list[re.Match]:
    """Every directive outside code spans; `text` is without fenced blocks."""
    return [match for match in TOKEN.finditer(text) if match["name"]]


def expand(text: str, place: Place, complain: Callable[[Mistake, re.Match], None]) -> str:
    """`text` with its directives replaced; `complain` gets each mistake and the directive that has it."""
    parts, done = [], 0
    for match in find_directives(text):
        parts.append(text[done : match.start()])
        done = match.end()
        indent = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        after = text[match.end() :].split("\n", 1)[0]
        alone = not indent.strip(" \t>") and not after.strip()
        text_only = OPEN_ATTRIBUTE.search("".join(parts).rpartition("\n")[2])
        try:
            shown = _evaluate(match, replace(place, stash=_plain) if text_only else place, alone)
            parts.append(shown.replace("\n", f"\n{indent}") if alone else shown)
        except Mistake as mistake:
            complain(mistake, match)
    return "".join(parts) + text[done:]


def _evaluate(match: re.Match, place: Place, alone: bool) -> str:
    """What one directive stands for, as Markdown; `alone` says whether it has a line of its own."""
    name, argument = match["name"], match["argument"] or ""
    if name not in INLINE | BLOCK:
        known = ", ".join([*INLINE, *BLOCK])
        raise Mistake("a directive", f"[[{name}]]", f"use one of {known}; put code in backticks")
    if name in BLOCK and not alone:
        raise Mistake(f"[[{name}]] on a line of its own", "other text beside it", "give it its own line")
    return (INLINE | BLOCK)[name](place, argument)


def _plain(html: str) -> str:
    """For attributes, such as the alt text of an image, which take no markup."""
    return re.sub(r"<[^>]+>", "", html)
