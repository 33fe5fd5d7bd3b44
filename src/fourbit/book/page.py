"""Pages: the Markdown files under `docs/`, split into front matter, fenced blocks and prose."""

import re
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from fourbit.book.problem import Problem
from fourbit.errors import UserError

FENCE = re.compile(r"^(?P<indent>[ \t>]*)(?P<marker>`{3,}|~{3,})[ \t]*(?P<info>[^`]*)$")
INCLUDE = re.compile(r'^[ \t>]*-+8<-+[ \t]+"(?P<file>[^":]+)(?::(?P<section>[A-Za-z][-\w]*))?"\s*$')
CODE_SPAN = re.compile(r"(?<![`\\])(?P<ticks>`+)(?!`)(?:(?!\n\s*\n)[\s\S])+?(?<!`)(?P=ticks)(?!`)")
MATH = re.compile(r"\$\$[\s\S]+?\$\$|(?<![\\$])\$(?![\s$])[^$\n]+?(?<!\s)\$(?!\d)|\\\(.+?\\\)")
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
TERM = re.compile(r"^\*\[(?P<name>[^\]]+)\]:\s*(?P<definition>.*)$")


class Mistake(UserError):
    """What is wrong in a page, before anyone knows on which line; `at` makes it a Problem."""

    def __init__(self, expected: str, found: str, mend: str):
        super().__init__(f"expected {expected}, found {found}; mend: {mend}")
        self.parts = expected, found, mend

    def at(self, page: str, line: int) -> Problem:
        return Problem(page, line, *self.parts)


@dataclass(frozen=True)
class Fence:
    """A fenced block; `first` and `last` are the lines of its markers, counted from 1."""

    first: int
    last: int
    indent: str
    marker: str
    info: str
    body: tuple[str, ...]

    @property
    def classes(self) -> list[str]:
        braces = re.search(r"\{([^}]*)\}", self.info)
        return re.findall(r"\.([\w-]+)", braces[1]) if braces else []

    @property
    def language(self) -> str:
        word = re.match(r"[\w+-]+", self.info)
        return word[0] if word else (self.classes or [""])[0]

    @property
    def includes(self) -> list[tuple[str, str | None]]:
        """The (file, section) pairs it shows; empty unless includes are all it holds."""
        matches = [INCLUDE.match(line) for line in self.body if line.strip(" \t>")]
        return [(m["file"], m["section"]) for m in matches] if all(matches) else []


def find_fences(lines: list[str]) -> list[Fence]:
    """All closed fenced blocks, top to bottom."""
    found, index = [], 0
    while index < len(lines):
        opening = FENCE.match(lines[index])
        if opening:
            for end in range(index + 1, len(lines)):
                if lines[end].strip(" \t>") == opening["marker"]:
                    body = tuple(lines[index + 1 : end])
                    info = opening["info"].strip()
                    found.append(Fence(index + 1, end + 1, opening["indent"], opening["marker"], info, body))
                    index = end
                    break
        index += 1
    return found


def blank(pattern: re.Pattern, text: str) -> str:
    """`text` with every match replaced by spaces, so that lines and columns stay where they were."""
    return pattern.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)


@dataclass(frozen=True)
class Page:
    name: str  # relative to the root: docs/learn/03-gptq.md
    text: str

    @cached_property
    def lines(self) -> list[str]:
        return self.text.split("\n")

    @cached_property
    def front_matter(self) -> dict[str, str]:
        """Its top-level keys, with the text after the colon."""
        return dict(re.findall(r"^(\w+):[ \t]*(.*)$", "\n".join(self.lines[: self._body]), re.MULTILINE))

    @cached_property
    def _body(self) -> int:
        """Index of the first line after the front matter."""
        if self.lines[0] != "---":
            return 0
        return next((n + 1 for n, line in enumerate(self.lines) if n and line == "---"), 0)

    @cached_property
    def fences(self) -> list[Fence]:
        return find_fences(self.lines)

    @cached_property
    def markup(self) -> str:
        """The text with front matter, fenced blocks and comments blanked out, line for line."""
        lines = [""] * self._body + self.lines[self._body :]
        for fence in self.fences:
            lines[fence.first - 1 : fence.last] = [""] * (fence.last - fence.first + 1)
        return blank(COMMENT, "\n".join(lines))

    @cached_property
    def title(self) -> str:
        heading = re.search(r"^# (.+?)(?:\s*\{.*\})?$", self.markup, re.MULTILINE)
        return heading[1] if heading else self.front_matter.get("title", self.name)

    @cached_property
    def terms(self) -> list[tuple[str, str, int]]:
        """(term, definition, line) of each `*[term]: definition`."""
        matches = ((TERM.match(line), n) for n, line in enumerate(self.markup.split("\n"), 1))
        return [(m["name"].strip(), m["definition"].strip(), n) for m, n in matches if m]


@cache
def _read(path: Path, name: str, changed: int) -> Page:
    return Page(name, path.read_text(encoding="utf-8"))


def read_pages(root: Path) -> list[Page]:
    """All pages, sorted by name; unchanged files are read once, as a builder asks for each page it renders."""
    paths = sorted((root / "docs").rglob("*.md"))
    return [_read(path, path.relative_to(root).as_posix(), path.stat().st_mtime_ns) for path in paths]
