"""The knowledge base of errors: which entry a pasted message belongs to. Standard library only."""

import json
from functools import cache
from pathlib import Path

from fourbit.kb.match import Match, find

INDEX = Path(__file__).with_name("index.json")  # made from docs/errors by fourbit.book.kbindex


@cache
def load() -> dict:
    """The index of all entries, as `find` takes it."""
    return json.loads(INDEX.read_text(encoding="utf-8"))


def search(text: str, most: int = 3) -> list[Match]:
    """The entries that fit a pasted message or log, best first; empty when none does."""
    return find(load(), text, most)


def entry(slug: str) -> dict:
    """What the index has of one entry: title, meaning, category, tools, fix."""
    return next(one for one in load()["entries"] if one["slug"] == slug)


__all__ = ["INDEX", "Match", "entry", "load", "search"]
