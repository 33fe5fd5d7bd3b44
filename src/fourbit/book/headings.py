"""Headings of a page, with the ids that Python-Markdown gives them."""

import re
from dataclasses import dataclass

from markdown.extensions.toc import slugify, unique

HEADING = re.compile(r"^[ \t>]*(?P<marks>#{1,6})[ \t]+(?P<text>.+?)[ \t]*#*[ \t]*$", re.MULTILINE)
ATTRIBUTES = re.compile(r"\s*\{:?(?P<inside>[^}]*)\}\s*$")
MARKS = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|[*`]|<[^>]+>")


@dataclass(frozen=True)
class Heading:
    line: int
    level: int
    title: str  # without markup
    id: str


def find_headings(text: str) -> list[Heading]:
    """All headings of a page's markup, top to bottom."""
    found, used = [], set()
    for match in HEADING.finditer(text):
        attributes = ATTRIBUTES.search(match["text"])
        title = MARKS.sub(r"\1", match["text"][: attributes.start()] if attributes else match["text"])
        explicit = re.search(r"#([\w-]+)", attributes["inside"]) if attributes else None
        name = explicit[1] if explicit else unique(slugify(title, "-"), used)
        found.append(Heading(text.count("\n", 0, match.start()) + 1, len(match["marks"]), title, name))
    return found
