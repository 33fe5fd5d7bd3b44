"""Snippets: the files under `snippets/` that pages show, and what their headers say about them."""

import ast
import hashlib
import re
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from fourbit.book.essence import essence
from fourbit.errors import UserError

TIERS = ("run", "recorded", "checked", "shown")
HEADER = re.compile(r"^# /// script\n((?:#.*\n)+?)# ///$", re.MULTILINE)
SECTION = re.compile(r"--8<-- \[(start|end):\s*([\w-]+)\s*\]")


@dataclass(frozen=True)
class Snippet:
    """One snippet file.

    tier         run: executed by every test run; recorded: executed by hand on a named machine, dated;
                 checked: parsed, its names and arguments looked up in the library it names; shown: neither
    reason       why it is not `run`; printed on the page
    timeout      seconds
    tolerance    relative, for numbers with a decimal point when outputs are compared; 0 demands equal text
    environment  a pinned environment of its own under `environments/`; empty: the test environment
    overlays     folders of packages that lie over the test environment, pinned under `environments/overlays/`
    needs        commands or packages without which the test is skipped, counted and named
    api          `package==version` records under `snippets/api/`, which its names and arguments must be in
    """

    root: Path
    path: Path
    tier: str = "run"
    reason: str = ""
    timeout: float = 60.0
    tolerance: float = 0.0
    environment: str = ""
    overlays: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    api: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """As pages include it: `03_gptq/x.py`."""
        return self.path.relative_to(self.root / "snippets").as_posix()

    @property
    def file(self) -> str:
        """As problems and commands name it, from the root: `snippets/03_gptq/x.py`."""
        return f"snippets/{self.name}"

    @property
    def chapter(self) -> str:
        return self.name.split("/")[0]

    @property
    def key(self) -> str:
        """Prefix of its results: `03_gptq.x`."""
        return self.name.rsplit(".", 1)[0].replace("/", ".")

    @property
    def output(self) -> Path:
        return self.path.with_suffix(".out")

    @property
    def command(self) -> str:
        return f"{'bash' if self.path.suffix == '.sh' else 'python'} {self.file}"

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def sections(self) -> tuple[str, ...]:
        return tuple(name for kind, name in SECTION.findall(self.text) if kind == "start")

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the script and every module beside it or of this package that it imports, directly or not.

        Of modules only what decides a result counts; the text of an error message does not.
        """
        digest = hashlib.sha256()
        for file in _closure(self.path, self.root / "src"):
            text = file.read_text(encoding="utf-8")
            digest.update((essence(text) if file.suffix == ".py" else text).encode())
        return digest.hexdigest()


def _closure(script: Path, source: Path) -> list[Path]:
    found, queue = [], [script]
    while queue:
        file = queue.pop(0)
        if file in found:
            continue
        found.append(file)
        if file.suffix != ".py":
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                modules = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            else:
                continue
            for module in modules:
                stem = source.joinpath(*module.split("."))
                candidates = (stem.with_suffix(".py"), stem / "__init__.py", script.parent / f"{module}.py")
                queue += sorted(p for p in candidates if p.is_file())
    return found[:1] + sorted(found[1:])


def load(path: Path, root: Path) -> Snippet:
    """Read one snippet's header; UserError when it is malformed."""
    where = path.relative_to(root)
    match = HEADER.search(path.read_text(encoding="utf-8"))
    header = {}
    if match:
        lines = (line.removeprefix("#").removeprefix(" ") for line in match[1].splitlines())
        try:
            header = tomllib.loads("\n".join(lines)).get("tool", {}).get("fourbit", {})
        except tomllib.TOMLDecodeError as error:
            raise UserError(f"{where}: the header is not valid TOML: {error}") from None
    header = {key: tuple(value) if isinstance(value, list) else value for key, value in header.items()}
    unknown = set(header) - (set(Snippet.__dataclass_fields__) - {"root", "path"})
    if unknown:
        raise UserError(f"{where}: unknown header field {min(unknown)!r} under [tool.fourbit]; correct it")
    snippet = Snippet(root, path, **header)
    if snippet.tier not in TIERS:
        raise UserError(f"{where}: tier {snippet.tier!r} is none of {', '.join(TIERS)}")
    if snippet.environment and snippet.overlays:
        raise UserError(
            f"{where}: overlays lie over the test environment, not over {snippet.environment!r}; drop one"
        )
    if snippet.tier != "run" and not snippet.reason:
        raise UserError(f"{where}: tier {snippet.tier!r} needs a `reason`, which the page prints")
    if snippet.tier == "checked" and not snippet.api:
        raise UserError(f"{where}: tier 'checked' needs `api`, the library records it is checked against")
    return snippet


def discover(root: Path) -> list[Snippet]:
    """All snippets of the book, sorted by name."""
    folder = root / "snippets"
    paths = sorted(p for p in folder.rglob("*") if p.suffix in (".py", ".sh") and p.parent.parent == folder)
    return [load(path, root) for path in paths]
