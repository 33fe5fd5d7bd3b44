"""A problem: what is wrong on a page or in a snippet, where, and the way out."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    """One finding; `page` is a path relative to the root, `line` counts from 1, `mend` says what to do."""

    page: str
    line: int
    expected: str
    found: str
    mend: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}: expected {self.expected}, found {self.found}; mend: {self.mend}"
