"""The glossary: each term is defined once, in the chapter that introduces it, as `*[term]: definition`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fourbit.book.page import Page

if TYPE_CHECKING:
    from fourbit.book.contents import Place

PAGE = "docs/glossary.md"


@dataclass(frozen=True)
class Term:
    name: str
    definition: str
    page: Page
    line: int

    @property
    def markdown(self) -> str:
        return f"*[{self.name}]: {self.definition}"


def find_terms(pages: list[Page]) -> list[Term]:
    """All definitions, in alphabetical order."""
    terms = [Term(name, text, page, line) for page in pages for name, text, line in page.terms]
    return sorted(terms, key=lambda term: (term.name.casefold(), term.page.name, term.line))


def glossary(place: "Place", argument: str) -> str:
    """`[[glossary]]`: every term as a heading, with a link to where it is introduced."""
    titles = {one.page: f"Chapter {one.number}: {one.title}" for one in place.contents.chapters}
    entries = []
    for term in place.contents.terms:
        title = titles.get(term.page.name, term.page.title)
        link = f"[{title}]({place.link(term.page.name)})"
        entries.append(f"## {term.name}\n\n{term.definition}\n\nIntroduced in {link}.\n{{: .fb-defined }}")
    return "\n\n".join(entries)
