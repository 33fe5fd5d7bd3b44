"""What of the book runs in the reader's browser: which snippets, with which modules, packed into one archive.

Python there is Pyodide with NumPy, see docs/assets/vendor/pyodide: no PyTorch, no Matplotlib, no processes, no threads, and no
file of the repository but what the archive holds. What can run is read from the imports, so it cannot go stale.
"""

import ast
import io
import re
import sys
import zipfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from fourbit.book.page import Fence
from fourbit.book.snippets import Snippet, discover

BUILT = "docs/assets/built/python"
ARCHIVE = "fourbit.zip"
LIBRARIES = {"numpy"}
ABSENT = {  # of the standard library: not there in a browser, or of no use
    *("concurrent", "ctypes", "curses", "dbm", "fcntl", "http", "lzma", "mmap", "multiprocessing", "pty"),
    *("readline", "resource", "signal", "socket", "sqlite3", "ssl", "subprocess", "termios", "threading"),
    *("tkinter", "urllib", "webbrowser"),
}
# What imports one of these reads or writes files.
FILES = {"glob", "io", "os", "pathlib", "shutil", "tempfile"}
OUTSIDE = ("book", "calibration", "cli", "engine")  # packages of ours that a reader cannot use there
DRIVER = "fourbit.book.inpage"  # runs the snippets
DATA = (".json", ".toml")
RUNS = re.compile(r"^[ \t>]*\[\[stamp:\S+ run\b", re.MULTILINE)
EXERCISE = ("start", "solution", "check")  # sections that make a file an exercise; see fourbit.book.inpage


def obstacle(snippet: Snippet) -> str | None:
    """Why a snippet cannot run in a browser; None when it can."""
    if snippet.path.suffix != ".py" or snippet.path.parents[1] != snippet.root / "snippets":
        return "is no Python of a chapter"
    if snippet.tier != "run":
        return f"is {snippet.tier}, not run by tests"
    if snippet.environment or snippet.needs:
        return "needs an environment of its own"
    source = snippet.root / "src"
    if missing := _missing(snippet.path, source):
        return missing
    for file in _beside(snippet.path, source):
        tree = _tree(file)
        opens = any(isinstance(node, ast.Name) and node.id == "open" for node in ast.walk(tree))
        if opens or any(name.split(".")[0] in FILES for name in _imports(tree)):
            return (
                "reads or writes files" if file == snippet.path else f"imports {file.stem}, which reads files"
            )
    return None


def is_exercise(snippet: Snippet) -> bool:
    return set(EXERCISE) <= set(snippet.sections)


def block(fence: Fence, snippets: list[Snippet]) -> tuple[Snippet, tuple[str, ...]] | None:
    """The snippet and sections of a code block that a reader can run; None for other blocks.

    snippets  one for each include of the fence
    """
    if fence.language != "python" or not snippets or len({one.name for one in snippets}) > 1:
        return None
    sections = tuple(section for _, section in fence.includes if section)
    return None if obstacle(snippets[0]) else (snippets[0], sections)


def modules(root: Path) -> list[Path]:
    """Our modules that run there, with what a reader may import in code of their own."""
    source = root / "src"
    found = []
    for file in sorted((source / "fourbit").rglob("*.py")):
        parts = file.relative_to(source / "fourbit").parts
        if parts[0] not in OUTSIDE and not _missing(file, source):
            found.append(file)
    return sorted({*found, *_reach(_file(DRIVER, source), source)})


def files(root: Path) -> dict[str, bytes]:
    """The contents of the archive: modules, the data beside them, the snippets with what they import."""
    source, scripts = root / "src", {}
    code = modules(root)
    folders = {file.parent for file in code if file.name == "__init__.py"} - {source / "fourbit" / "book"}
    data = [path for folder in sorted(folders) for path in sorted(folder.iterdir()) if path.suffix in DATA]
    for snippet in discover(root):
        if not obstacle(snippet):
            scripts |= {one.relative_to(root).as_posix(): one for one in _beside(snippet.path, source)}
    named = {file.relative_to(source).as_posix(): file for file in (*code, *data)} | scripts
    return {name: path.read_bytes() for name, path in sorted(named.items())}


def archive(root: Path) -> bytes:
    """The files as a ZIP that is the same for the same contents, wherever and whenever it is made."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target:
        for name, content in files(root).items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            target.writestr(entry, content)
    return packed.getvalue()


def build(root: Path) -> None:
    """Write the archive under docs/assets/built/python, unless the one there is up to date."""
    target = root / BUILT / ARCHIVE
    content = archive(root)
    if not target.is_file() or target.read_bytes() != content:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def controls(snippet: Snippet, sections: Sequence[str]) -> str:
    """HTML: the place under a block where docs/assets/js/run.js puts its buttons."""
    kind = "check" if is_exercise(snippet) and list(sections) == ["start"] else "run"
    return f'<div class="fb-run-bar" data-{kind}="{snippet.name}" data-sections="{" ".join(sections)}"></div>'


def locally(snippet: Snippet) -> list[str]:
    """What the stamp of an exercise says that tests run but a browser cannot."""
    needs = obstacle(snippet) if snippet.tier == "run" and snippet.path.stem.startswith("exercise") else None
    return [f"{needs}, so run it on your machine: {snippet.command}"] if needs else []


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _imports(tree: ast.AST, inside: bool = True) -> set[str]:
    """Names of imported modules, and of what is taken from them; `inside`: also by functions, when called."""
    found: set[str] = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not inside:
            continue
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        else:
            found |= _imports(node, inside)
    return found


def _file(module: str, source: Path) -> Path | None:
    """The file of one of our modules."""
    stem = source.joinpath(*module.split("."))
    return next((path for path in (stem.with_suffix(".py"), stem / "__init__.py") if path.is_file()), None)


def _links(path: Path, source: Path) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """(our files that it imports, with their packages; the libraries that it needs and a browser does not have)."""
    return _read(path, source, path.stat().st_mtime_ns)


@cache
def _read(path: Path, source: Path, changed: int) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    tree, script = _tree(path), source not in path.parents
    # A function of ours may import an absent part of the standard library: it is not called there.
    top = {name.split(".")[0] for name in _imports(tree, inside=script)}
    ours, missing = _packages(path, source), []
    for name in sorted(_imports(tree)):
        first = name.split(".")[0]
        beside = path.parent / f"{first}.py"
        if file := _file(name, source) or (beside if script and beside.is_file() else None):
            ours += [file, *_packages(file, source)]
        elif first in sys.stdlib_module_names:
            missing += [first] * (first in ABSENT and first in top)
        elif first not in LIBRARIES and not _file(first, source):
            missing.append(first)
    return tuple(ours), tuple(missing)


def _packages(file: Path, source: Path) -> list[Path]:
    return [one / "__init__.py" for one in file.parents if source in one.parents]


def _reach(path: Path, source: Path) -> list[Path]:
    """The file and all of ours that it imports, directly or not."""
    found, queue = set(), [path]
    while queue:
        file = queue.pop()
        if file not in found:
            found.add(file)
            queue += _links(file, source)[0]
    return sorted(found)


def _beside(path: Path, source: Path) -> list[Path]:
    """A snippet, and what it imports that lies beside it."""
    return [file for file in _reach(path, source) if source not in file.parents]


def _missing(path: Path, source: Path) -> str | None:
    """The first import, direct or not, that a browser does not have."""
    for file in [path, *_reach(path, source)]:
        for name in _links(file, source)[1]:
            return f"imports {name}" if file == path else f"imports {file.stem}, which imports {name}"
    return None
