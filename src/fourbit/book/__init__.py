"""The machinery of the book: what ties its pages to code that runs and numbers that were measured."""

from pathlib import Path

from fourbit.errors import UserError


def find_root(start: Path | None = None) -> Path:
    """The repository's folder: `start` (default: the current folder) or its nearest parent with an mkdocs.yml."""
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if (folder / "mkdocs.yml").is_file():
            return folder
    raise UserError(
        f"{start}: no mkdocs.yml here or in a parent folder; run this inside a clone of the repository"
    )
