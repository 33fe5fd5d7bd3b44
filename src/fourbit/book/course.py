"""The course: its chapters, and the directives that say where a chapter stands among them."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fourbit.book.page import Mistake
from fourbit.errors import UserError

if TYPE_CHECKING:
    from fourbit.book.contents import Place


@dataclass(frozen=True)
class Chapter:
    root: Path
    number: int
    slug: str
    title: str
    minutes: int
    question: str  # what the chapter answers

    @property
    def page(self) -> str:
        return f"docs/learn/{self.number:02}-{self.slug}.md"

    @property
    def folder(self) -> str:
        """Of its snippets: `03_gptq`."""
        return f"{self.number:02}_{self.slug.replace('-', '_')}"

    @property
    def exists(self) -> bool:
        return (self.root / self.page).is_file()


def load_course(root: Path) -> list[Chapter]:
    """The chapters of `docs/learn/course.toml` in order; UserError when it is malformed."""
    file = root / "docs/learn/course.toml"
    try:
        entries = tomllib.loads(file.read_text(encoding="utf-8"))["chapter"]
        chapters = [Chapter(root, **entry) for entry in entries]
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise UserError(f"docs/learn/course.toml: not a list of [[chapter]] tables: {error}") from None
    if [chapter.number for chapter in chapters] != list(range(1, len(chapters) + 1)):
        raise UserError(
            "docs/learn/course.toml: the chapters are not numbered 1, 2, 3, ... in order; correct them"
        )
    return chapters


def _find(place: "Place", argument: str) -> Chapter:
    chapters = place.contents.chapters
    if not argument.isdigit() or not 1 <= int(argument) <= len(chapters):
        raise Mistake(f"a chapter from 1 to {len(chapters)}", repr(argument), "correct the number")
    return chapters[int(argument) - 1]


def _name(place: "Place", chapter: Chapter) -> str:
    if chapter.exists:
        return f"[{chapter.title}]({place.link(chapter.page)})"
    return f"{chapter.title} (in preparation)"


def chapter(place: "Place", argument: str) -> str:
    """`[[chapter:3]]`: number and reading time."""
    found = _find(place, argument)
    text = f"Chapter {found.number} of {len(place.contents.chapters)} · {found.minutes} min"
    return place.stash(f'<p class="fb-chapter">{text}</p>')


def around(place: "Place", argument: str) -> str:
    """`[[around:3]]`: the chapters before and after."""
    found = _find(place, argument)
    chapters = place.contents.chapters
    lines = []
    if found.number > 1:
        lines.append(f"Previous: {_name(place, chapters[found.number - 2])}")
    if found.number < len(chapters):
        lines.append(f"Next: {_name(place, chapters[found.number])}")
    return "  \n".join(lines) + "\n{: .fb-around }"


def course(place: "Place", argument: str) -> str:
    """`[[course]]`: a table of all chapters."""
    rows = ["| | Chapter | The question it answers | Minutes |", "|--:|---|---|--:|"]
    for one in place.contents.chapters:
        rows.append(f"| {one.number} | {_name(place, one)} | {one.question} | {one.minutes} |")
    return "\n".join(rows)
