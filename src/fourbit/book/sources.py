"""Sources: the texts that pages cite, each with the version that was read."""

import difflib
import tomllib
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from fourbit.book.page import Mistake
from fourbit.errors import UserError

if TYPE_CHECKING:
    from fourbit.book.contents import Place


@dataclass(frozen=True)
class Source:
    short: str  # as links name it
    title: str
    authors: str
    url: str
    date: str  # of publication
    read: str  # the version read


def load_sources(root: Path) -> dict[str, Source]:
    """The entries of `docs/sources.toml` by id; UserError when it is malformed."""
    file = root / "docs/sources.toml"
    if not file.is_file():
        return {}
    try:
        entries = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"docs/sources.toml: not valid TOML: {error}") from None
    fields = set(Source.__dataclass_fields__)
    for name, entry in entries.items():
        if set(entry) != fields:
            wrong = ", ".join(sorted(set(entry) ^ fields))
            raise UserError(f"docs/sources.toml: [{name}] lacks or should not have: {wrong}")
    return {
        name: Source(**{field: str(value) for field, value in entry.items()})
        for name, entry in entries.items()
    }


def cite(place: "Place", argument: str) -> str:
    """`[[cite:id]]` or `[[cite:id|Table 2]]`: a link to the source."""
    name, _, part = argument.partition("|")
    known = place.contents.sources
    if name not in known:
        near = ", ".join(difflib.get_close_matches(name, known, 3, 0.4)) or "none"
        raise Mistake(
            "a source in docs/sources.toml", f"{name!r} (nearest: {near})", "correct the id or add the source"
        )
    source = known[name]
    label = f"{source.short}, {part}" if part else source.short
    title = escape(f"{source.authors}: {source.title} ({source.date}); read: {source.read}")
    return place.stash(f'<a class="fb-cite" href="{escape(source.url)}" title="{title}">{escape(label)}</a>')


def sources(place: "Place", argument: str) -> str:
    """`[[sources]]`: the list of all sources."""
    by_title = sorted(place.contents.sources.values(), key=lambda source: source.title.casefold())
    lines = []
    for source in by_title:
        link = place.stash(f'<a href="{escape(source.url)}">{escape(source.title)}</a>')
        lines.append(f"- {link}. {source.authors}, {source.date}. Read: {source.read}.")
    return "\n".join(lines)
