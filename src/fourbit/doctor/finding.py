"""What an examination yields: facts for the table, findings to act on."""

from dataclasses import dataclass

BROKEN, SLOW, NOTE = LEVELS = ("broken", "slow", "note")  # in the order in which they are told


@dataclass(frozen=True)
class Fact:
    """A row of the table: what was looked at, and what is there."""

    name: str
    found: str


@dataclass(frozen=True)
class Finding:
    """Something to know.

    level   broken: something fails;  slow: it works, at a cost;  note: nothing to mend
    what    the finding in one line;  why: what follows from it
    fix     a command, or what to do
    link    file of the knowledge base, or a public thread; empty where there is none
    """

    slug: str
    level: str
    what: str
    why: str = ""
    fix: str = ""
    link: str = ""
