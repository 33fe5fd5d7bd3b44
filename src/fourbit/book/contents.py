"""Contents: all that a page can refer to, read from the repository when it is first asked for."""

import difflib
import posixpath
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from fourbit.book.course import Chapter, load_course
from fourbit.book.glossary import Entry, Term, find_terms, load_entries
from fourbit.book.page import Mistake, Page, read_pages
from fourbit.book.results import Results
from fourbit.book.snippets import Snippet, load
from fourbit.book.sources import Source, load_sources


class Contents:
    def __init__(self, root: Path):
        self.root = root
        self._snippets: dict[str, Snippet] = {}

    @cached_property
    def results(self) -> Results:
        return Results(self.root)

    @cached_property
    def pages(self) -> list[Page]:
        return read_pages(self.root)

    @cached_property
    def chapters(self) -> list[Chapter]:
        return load_course(self.root)

    @cached_property
    def sources(self) -> dict[str, Source]:
        return load_sources(self.root)

    @cached_property
    def entries(self) -> dict[str, Entry]:
        return load_entries(self.root)

    @cached_property
    def terms(self) -> list[Term]:
        return find_terms(self.pages, self.entries)

    def file(self, name: str) -> Path:
        """A file under `snippets/`; Mistake when there is none."""
        path = self.root / "snippets" / name
        if not path.is_file():
            known = (one.name for one in sorted(path.parent.glob("*.*")))
            near = ", ".join(difflib.get_close_matches(path.name, known, 3, 0.4)) or "none"
            found = f"{name!r}, which does not exist (nearest: {near})"
            raise Mistake("a file under snippets/", found, "correct the path or write the file")
        return path

    def snippet(self, name: str, section: str | None = None) -> Snippet:
        """The snippet of a page's include; Mistake when the file or its section does not exist."""
        if name not in self._snippets:
            self._snippets[name] = load(self.file(name), self.root)
        snippet = self._snippets[name]
        if section and section not in snippet.sections:
            known = ", ".join(snippet.sections) or "none"
            raise Mistake(f"a section of {name}", f"{section!r} (its sections: {known})", "correct the name")
        return snippet


@dataclass(frozen=True)
class Place:
    """Where a directive stands."""

    contents: Contents
    page: str | None  # as in Page.name; None when the host does not tell
    stash: Callable[[str], str]  # hides finished HTML from the Markdown parser; returns what stands for it

    def link(self, page: str) -> str:
        """Relative path to another page; an unnamed page counts as one of the course."""
        return posixpath.relpath(page, posixpath.dirname(self.page or "docs/learn/index.md"))

    def loads(self, style: str, script: str) -> str:
        """HTML that loads a style sheet and a module from docs/assets. In a block, or Markdown would make it a paragraph."""
        # A page is served from a folder of its own, one deeper than its file.
        folder = (self.page or "docs/learn/x.md").removesuffix(".md").removesuffix("/index")
        style, script = (
            posixpath.relpath(path, folder)
            for path in (f"docs/assets/css/{style}", f"docs/assets/js/{script}")
        )
        return f'<div hidden><link rel="stylesheet" href="{style}"><script type="module" src="{script}"></script></div>'
