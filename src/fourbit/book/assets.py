"""Files of the site that its build makes, under docs/ but not committed: `python -m fourbit.book.assets`."""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

BUILDERS = (  # each has build(root), which is quick when nothing changed
    "fourbit.book.feeds",
    "fourbit.book.cards",
    "fourbit.book.browser",
    "fourbit.book.damage",
)


def build(root: Path) -> None:
    """Make what is missing or stale."""
    for name in BUILDERS:
        if find_spec(name):
            import_module(name).build(root)


if __name__ == "__main__":
    build(Path.cwd())
