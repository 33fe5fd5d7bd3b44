"""The bundled texts: how they are made, split so that held-out text is never trained on.

Two domains are in every Python installation: `docs` (the language reference in `pydoc_data.topics` and the long docstrings of the standard
library) and `code` (the standard library's source, docstrings removed so that the domains do not overlap).
A document is held out when the SHA-256 of its name says so, which does not depend on the order of files. The third,
`legal`, is in no installation: see fourbit.tiny.legal.
"""

import argparse
import ast
import hashlib
import json
import sysconfig
from pathlib import Path

from fourbit.tiny import BETWEEN

SKIPPED = {
    "test",
    "tests",
    "idlelib",
    "lib2to3",
    "site-packages",
    "pydoc_data",
    "ensurepip",
    "turtledemo",
    "encodings",
}
HELD_OUT_PERCENT = 8


def held_out(name: str) -> bool:
    """Whether the document called `name` belongs to the held-out split."""
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % 100 < HELD_OUT_PERCENT


def _source_files() -> list[tuple[str, Path]]:
    library = Path(sysconfig.get_path("stdlib"))
    files = ((path.relative_to(library), path) for path in library.rglob("*.py"))
    return sorted((name.as_posix(), path) for name, path in files if not SKIPPED & set(name.parts))


def _documented(tree: ast.Module):
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return (
        node for node in ast.walk(tree) if isinstance(node, kinds) and ast.get_docstring(node, clean=False)
    )


def _without_docstrings(source: str, tree: ast.Module) -> str:
    lines = source.splitlines(keepends=True)
    for node in _documented(tree):
        text = node.body[0]
        for number in range(text.lineno - 1, text.end_lineno):
            lines[number] = ""
    return "".join(lines)


def documents() -> dict[tuple[str, str], list[str]]:
    """Documents by (domain, split), domain in docs|code, split in train|held_out; sorted by name."""
    from pydoc_data.topics import topics

    found = {(domain, split): [] for domain in ("docs", "code") for split in ("train", "held_out")}
    for name, text in sorted(topics.items()):
        found["docs", "held_out" if held_out(name) else "train"].append(text.strip())
    for name, path in _source_files():
        source = path.read_text(encoding="utf-8", errors="replace")
        try:
            tree = ast.parse(source)
        except SyntaxError:  # templates and deliberately broken files
            continue
        split = "held_out" if held_out(name) else "train"
        docstrings = [ast.get_docstring(node) for node in _documented(tree)]
        prose = "\n\n".join(text for text in docstrings if len(text) >= 200)
        if prose:
            found["docs", split].append(prose)
        code = _without_docstrings(source, tree).strip()
        if len(code) >= 200:
            found["code", split].append(code)
    return found


def main() -> None:
    """Write the bundled texts: random documents of each domain and split, up to a fixed size."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument(
        "--spdx", type=Path, help="package/licenses of npm's spdx-license-list; also writes `legal`"
    )
    parser.add_argument("--state", type=Path, help="usr/share/state of Debian's miscfiles")
    arguments = parser.parse_args()
    sizes = {"calibration": 600_000, "evaluation": 80_000}  # characters
    folder = Path(__file__).parent / "texts"
    folder.mkdir(exist_ok=True)
    index = folder / "documents.json"
    lengths = json.loads(index.read_text(encoding="utf-8")) if index.is_file() else {}
    found = documents()
    if arguments.spdx and arguments.state:
        from fourbit.tiny import legal

        found |= legal.documents(arguments.spdx, arguments.state)
    for (domain, split), texts in found.items():
        name = {"train": "calibration", "held_out": "evaluation"}[split]
        texts.sort(key=lambda text: hashlib.sha256(text.encode()).hexdigest())  # a fixed shuffle
        kept, size = [], 0
        for text in texts:
            if len(text) > sizes[name] // 8 and domain != "legal":  # no single document dominates
                continue
            kept.append(text)
            size += len(text)
            if size > sizes[name]:
                break
        (folder / f"{domain}.{name}.txt").write_text(BETWEEN.join(kept) + "\n", encoding="utf-8")
        lengths[f"{domain}.{name}"] = list(map(len, kept))
    index.write_text(json.dumps(lengths) + "\n", encoding="utf-8")  # of the documents, in characters


if __name__ == "__main__":
    main()
