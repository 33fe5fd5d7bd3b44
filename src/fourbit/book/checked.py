"""Snippets that cannot run here: they must parse, and use only names and arguments that the library has.

What a library has is read from records under `snippets/api/`, made by `fourbit.book.apirecord`.
"""

import ast
import difflib
import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

from fourbit.book.problem import Problem
from fourbit.book.snippets import Snippet

OPERATORS = set("();<>|&")
ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
FLAG = re.compile(r"--?[A-Za-z][\w-]*")
RECORD = "python -m fourbit.book.apirecord"


def check_syntax(snippet: Snippet) -> list[Problem]:
    """A Problem when a snippet does not parse as Python or as bash."""
    mend = "mend the snippet"
    if snippet.path.suffix == ".sh":
        command = ["bash", "-n", f"snippets/{snippet.name}"]
        run = subprocess.run(command, cwd=snippet.root, capture_output=True, text=True, check=False)
        if run.returncode == 0:
            return []
        line = re.search(r": line (\d+): (.*)", run.stderr)
        return [
            _problem(
                snippet, int(line[1]) if line else 1, "valid bash", line[2] if line else run.stderr, mend
            )
        ]
    try:
        ast.parse(snippet.text)
    except SyntaxError as error:
        return [_problem(snippet, error.lineno or 1, "valid Python", error.msg, mend)]
    return []


def check_api(snippet: Snippet) -> list[Problem]:
    """A Problem for each use of a library that its record does not allow."""
    names, commands = {}, {}
    for pin in snippet.api:
        package, _, version = pin.partition("==")
        file = snippet.root / "snippets" / "api" / f"{package}-{version}.json"
        if not file.is_file():
            mend = f"{RECORD} SOURCE --package {package} --version {version} --names ..."
            return [_problem(snippet, 1, f"the record snippets/api/{file.name}", "no such file", mend)]
        record = json.loads(file.read_text(encoding="utf-8"))
        source = f"{package} {version}"
        names |= {name: {**entry, "source": source} for name, entry in record["names"].items()}
        commands |= {name: {**entry, "source": source} for name, entry in record["commands"].items()}
    if snippet.path.suffix == ".sh":
        found = _check_flags(snippet.text, commands)
    else:
        use = Use(names)
        use.visit(ast.parse(snippet.text))
        found = use.found
    return [_problem(snippet, line, expected, got, mend) for line, expected, got, mend in found]


class Use(ast.NodeVisitor):
    """Follows imported names, and instances that recorded calls return, down through a script."""

    def __init__(self, names: dict[str, dict]):
        self.names = names
        self.roots = {name.split(".")[0] for name in names}
        self.paths: dict[str, str] = {}  # local name -> dotted path of what it is
        self.instances: dict[str, str] = {}  # local name -> dotted path of its class
        self.found: list[tuple[int, str, str, str]] = []

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            if self._watched(alias.name):
                self._demand(alias.name, node)
                root = alias.name.split(".")[0]
                self.paths[alias.asname or root] = alias.name if alias.asname else root

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names if node.module and self._watched(node.module) else ():
            path = f"{node.module}.{alias.name}"
            self._demand(path, node)
            self.paths[alias.asname or alias.name] = path

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            self._bind(target, node.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value:
            self.visit(node.value)
            self._bind(node.target, node.value)

    def visit_With(self, node: ast.With) -> None:
        for item in node.items:
            self.visit(item.context_expr)
            if item.optional_vars:
                self._bind(item.optional_vars, item.context_expr)
        for statement in node.body:
            self.visit(statement)

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        path = self._path(node.func)
        if path in self.names:
            self._check_arguments(path, node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.generic_visit(node)
        path = self._path(node)
        if path and isinstance(node.ctx, ast.Load):
            self._demand(path, node)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):  # bound to something else from here on
            self.paths.pop(node.id, None)
            self.instances.pop(node.id, None)

    def _bind(self, target: ast.expr, value: ast.expr) -> None:
        instance, path = self._class(value), self._path(value)
        self.visit(target)
        if isinstance(target, ast.Name) and instance:
            self.instances[target.id] = instance
        elif isinstance(target, ast.Name) and path:
            self.paths[target.id] = path

    def _path(self, node: ast.expr) -> str | None:
        """The dotted path of a name, or of an attribute of something known."""
        if isinstance(node, ast.Name):
            return self.paths.get(node.id)
        if isinstance(node, ast.Attribute):
            path = self._path(node.value)
            value = self.names.get(path or "", {}).get("kind") in ("attribute", "function")
            owner = self._class(node.value) or (None if value else path)
            return f"{owner}.{node.attr}" if owner else None
        return None

    def _class(self, node: ast.expr) -> str | None:
        """The class of an expression's value: of a variable, an attribute or a call that is known."""
        if isinstance(node, ast.Name):
            return self.instances.get(node.id)
        if not isinstance(node, ast.Attribute | ast.Call):
            return None
        path = self._path(node.func if isinstance(node, ast.Call) else node)
        entry = self.names.get(path or "", {})
        held = isinstance(node, ast.Call) != (entry.get("kind") == "attribute")
        return entry["returns"] if held and entry.get("returns") in self.names else None

    def _watched(self, path: str) -> bool:
        return path.split(".")[0] in self.roots

    def _demand(self, path: str, node: ast.AST) -> None:
        """Note a problem unless the record has a path, or something below it, or cannot know."""
        owner, _, last = path.rpartition(".")
        if any(f"{name}.".startswith(f"{path}.") for name in self.names) or self.names.get(owner, {}).get(
            "open"
        ):
            return
        known = [name.rpartition(".")[2] for name in self.names if name.rpartition(".")[0] == owner]
        expected = f"a name of {owner or path}{_near(last, known)}"
        mend = f"correct it, or record it: {RECORD} SOURCE ... --names {path}"
        self.found.append((node.lineno, expected, repr(last), mend))

    def _check_arguments(self, path: str, node: ast.Call) -> None:
        entry = self.names[path]
        if "parameters" not in entry:  # an attribute that is called, or a class made elsewhere
            return
        known, where = entry["parameters"], f"{path} of {entry['source']}"
        mend = "correct the call"
        starred = any(isinstance(one, ast.Starred) for one in node.args) or any(
            one.arg is None for one in node.keywords
        )
        by_position = known[: min(len(node.args), entry["positional"])]
        if len(node.args) > entry["positional"] and not entry["varargs"] and not starred:
            expected = f"at most {entry['positional']} positional arguments for {where}"
            self.found.append((node.lineno, expected, str(len(node.args)), mend))
        given = {one.arg for one in node.keywords if one.arg}
        for name in sorted(given - set(known)) if not entry["varkw"] else ():
            self.found.append((node.lineno, f"a parameter of {where}{_near(name, known)}", repr(name), mend))
        for name in by_position if not starred else ():
            if name in given:
                self.found.append((node.lineno, f"{name!r} once in the call of {where}", "it twice", mend))
        for name in entry["required"] if not starred else ():
            if name not in given and name not in by_position:
                self.found.append((node.lineno, f"the argument {name!r} for {where}", "none", mend))


def _check_flags(text: str, commands: dict[str, dict]) -> Iterator[tuple[int, str, str, str]]:
    for line, words in shell_commands(text):
        while words and ASSIGNMENT.match(words[0]):
            words = words[1:]
        parts = [Path(words[0]).name, *words[1:]] if words else []
        fits = [name for name in commands if parts[: len(name.split())] == name.split()]
        if not fits:
            continue
        name = max(fits, key=len)
        entry = commands[name]
        short = any(not flag.startswith("--") for flag in entry["flags"])
        for word in parts:
            flag = FLAG.match(word)
            if flag and (short or word.startswith("--")) and flag[0] not in entry["flags"]:
                expected = f"a flag of {name} of {entry['source']}{_near(flag[0], entry['flags'])}"
                yield line, expected, repr(flag[0]), "correct the flag"


def shell_commands(text: str) -> Iterator[tuple[int, list[str]]]:
    """(line, words) of each simple command of a bash script; continued lines joined, pipes split."""
    joined, start = "", 1
    for number, line in enumerate(text.split("\n"), 1):
        if not joined:
            start = number
        if line.endswith("\\") and not line.lstrip().startswith("#"):
            joined += line[:-1] + " "
            continue
        lexer = shlex.shlex(joined + line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        joined = ""
        words: list[str] = []
        try:
            tokens = list(lexer)
        except ValueError:  # a quote that spans lines holds text, not flags
            continue
        for token in tokens:
            if set(token) <= OPERATORS:
                yield start, words
                words = []
            else:
                words.append(token)
        yield start, words


def _near(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=4, cutoff=0.5) or sorted(known)[:8]
    return f" (such as {', '.join(near)})" if near else ""


def _problem(snippet: Snippet, line: int, expected: str, found: str, mend: str) -> Problem:
    return Problem(f"snippets/{snippet.name}", line, expected, found, mend)
