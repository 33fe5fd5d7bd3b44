"""What a snippet leaves in the repository: its chapter's figures, each time the same; nothing else."""

from dataclasses import dataclass
from pathlib import Path

from fourbit.book.normalize import compare_svg
from fourbit.book.snippets import Snippet

FOLDERS = ("snippets", "docs")


@dataclass(frozen=True)
class Footprint:
    """The files before a snippet runs, to be settled after."""

    root: Path
    folder: Path  # of the chapter's figures
    files: frozenset[Path]
    figures: dict[Path, bytes]

    def settle(self, update: bool) -> list[tuple[str, str, str]]:
        """(expected, found, mend) for each file that appeared or changed; `update` keeps new figures."""
        mend = f"fourbit check {self.folder.name} --update"
        found = []
        for path in sorted(_files(self.root) - self.files):
            name = path.relative_to(self.root).as_posix()
            if path.parent != self.folder:
                place = self.folder.relative_to(self.root).as_posix()
                found.append(
                    (f"no new file outside {place}/", name, "write to a temporary folder; remove this file")
                )
            elif not update:
                path.unlink()
                found.append((f"the recorded figure {name}", "none", mend))
        for path, before in self.figures.items():
            now = path.read_bytes()
            if now == before:
                continue
            diff = _compare(before, now)
            if not (diff and update):
                path.write_bytes(before)  # also when it looks the same: no churn
            if diff and not update:
                name = path.relative_to(self.root).as_posix()
                found.append((f"the recorded figure {name}", f"another one\n{diff}\n", mend))
        return found


def footprint(snippet: Snippet) -> Footprint:
    """Take note of the files before `snippet` runs."""
    folder = snippet.root / "docs" / "assets" / "figures" / snippet.chapter
    files = _files(snippet.root)
    figures = {path: path.read_bytes() for path in sorted(files) if path.parent == folder}
    return Footprint(snippet.root, folder, files, figures)


def _files(root: Path) -> frozenset[Path]:
    paths = (path for folder in FOLDERS for path in (root / folder).rglob("*"))
    return frozenset(path for path in paths if path.is_file() and path.parent.name != "__pycache__")


def _compare(before: bytes, now: bytes) -> str | None:
    try:
        return compare_svg(before.decode(), now.decode())
    except UnicodeDecodeError:
        return "binary files differ"
