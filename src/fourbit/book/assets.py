"""Files of the site that are made when it is built, not committed: `python -m fourbit.book.assets` writes docs/assets/built/."""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

BUILDERS = ("fourbit.book.browser", "fourbit.book.damage")  # each has build(root), quick when nothing changed


def build(root: Path) -> None:
    """Make what is missing or stale."""
    for name in BUILDERS:
        if find_spec(name):
            import_module(name).build(root)


if __name__ == "__main__":
    build(Path.cwd())
