"""Record what a library offers, read from its source without importing it.

    python -m fourbit.book.apirecord SOURCE --package gptqmodel --version 7.6.0 \\
        --names gptqmodel.GPTQModel.load gptqmodel.BACKEND --out snippets/api/gptqmodel-7.6.0.json

SOURCE is the folder that holds the package: an unpacked sdist or wheel, or site-packages. A name is a dotted
path as a user imports it, with attributes. A class is recorded with its constructor and its public members.
The class that a named function is annotated to return is recorded too.
"""

import argparse
import ast
import json
import re
from pathlib import Path

from fourbit.errors import UserError

CLOSED = {"object", "ABC", "Enum", "IntEnum", "StrEnum", "str", "int", "Generic", "Protocol", "BaseModel"}
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class Source:
    """Definitions of the packages in a folder, found by dotted path."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._trees: dict[str, ast.Module | None] = {}

    def tree(self, module: str) -> ast.Module | None:
        if module not in self._trees:
            stem = self.folder.joinpath(*module.split("."))
            file = next(
                (one for one in (stem / "__init__.py", stem.with_suffix(".py")) if one.is_file()), None
            )
            self._trees[module] = ast.parse(file.read_text(encoding="utf-8")) if file else None
        return self._trees[module]

    def find(self, path: str, seen: frozenset[str] = frozenset()) -> tuple[str, Definition] | None:
        """(defining path, node) of a function or class, through re-exports and bases; None when not found."""
        if path in seen:
            return None
        seen |= {path}
        owner, _, name = path.rpartition(".")
        if not owner:
            return None
        tree = self.tree(owner)
        if tree:
            return self._in_module(tree, owner, name, seen)
        above = self.find(owner, seen)
        if above and isinstance(above[1], ast.ClassDef):
            for place, node in self.lineage(*above):
                found = _member(node, name)
                if found:
                    return f"{place}.{name}", found
        return None

    def _in_module(
        self, tree: ast.Module, module: str, name: str, seen: frozenset
    ) -> tuple[str, Definition] | None:
        stars = []
        for node in ast.walk(tree):  # imports under `if TYPE_CHECKING:` and `try:` count as well
            if isinstance(node, ast.ImportFrom):
                source = self.absolute(module, node)
                for alias in node.names:
                    if alias.name == "*":
                        stars.append(f"{source}.{name}")
                    elif (alias.asname or alias.name) == name:
                        found = self.find(f"{source}.{alias.name}", seen)
                        if found:
                            return found
        found = _member(tree, name)
        if found:
            return f"{module}.{name}", found
        return next(filter(None, (self.find(path, seen) for path in stars)), None)

    def absolute(self, module: str, node: ast.ImportFrom) -> str:
        """The dotted module that a from-import names."""
        if not node.level:
            return node.module
        package = module.split(".")
        if not self.folder.joinpath(*package, "__init__.py").is_file():
            package.pop()
        package = package[: len(package) - node.level + 1]
        return ".".join([*package, node.module] if node.module else package)

    def resolve(self, expression: ast.expr | None, place: str) -> str | None:
        """The defining path of the class that an annotation or a base names, as seen from `place`."""
        if isinstance(expression, ast.Constant) and isinstance(expression.value, str):
            expression = ast.parse(expression.value, mode="eval").body
        if not isinstance(expression, (ast.Name, ast.Attribute)):
            return None
        module = place
        while self.tree(module) is None:
            module = module.rpartition(".")[0]
        found = self.find(f"{module}.{ast.unparse(expression)}")
        return found[0] if found and isinstance(found[1], ast.ClassDef) else None

    def lineage(self, place: str, node: ast.ClassDef) -> list[tuple[str, ast.ClassDef]]:
        """A class and its bases in these packages, nearest first."""
        found = [(place, node)]
        for base in node.bases:
            path = self.resolve(base, place)
            if path and path != place:
                found += [one for one in self.lineage(*self.find(path)) if one not in found]
        return found

    def entry(self, path: str) -> dict:
        """What to record of a name; UserError when the source does not define it."""
        found = self.find(path)
        if not found:
            raise UserError(f"{path}: {self.folder} does not define it; give the path as a user imports it")
        place, node = found
        if not isinstance(node, ast.ClassDef):
            return self._function(node, place, bound=self.tree(place.rpartition(".")[0]) is None)
        lineage = self.lineage(place, node)
        # An unknown member may come from a base of another package, or be made up when it is asked for.
        known = {one.name for _, one in lineage} | CLOSED
        bases = {
            ast.unparse(base).partition("[")[0].rpartition(".")[2] for _, one in lineage for base in one.bases
        }
        told = {
            "kind": "class",
            "open": not bases <= known or any(_member(one, "__getattr__") for _, one in lineage),
        }
        for owner, one in lineage:
            init = _member(one, "__init__")
            if init:
                return self._function(init, f"{owner}.__init__", bound=True) | told | {"returns": path}
        fields = dict(field for _, one in reversed(lineage) for field in _fields(one))
        if fields:
            required = [name for name, needed in fields.items() if needed]
            return _signature(list(fields), required, len(fields), False, False, path) | told
        return {**told, "returns": path}  # its constructor is made elsewhere: a call is not judged

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, place: str, bound: bool) -> dict:
        marks = {ast.unparse(one) for one in node.decorator_list}
        returns = (
            place.rpartition(".")[0] if bound and _self(node.returns) else self.resolve(node.returns, place)
        )
        if any(mark.endswith("property") for mark in marks):
            return {"kind": "attribute", "returns": returns}
        given = node.args
        positional = [one.arg for one in (*given.posonlyargs, *given.args)]
        required = positional[: len(positional) - len(given.defaults)]
        if bound and "staticmethod" not in marks:
            positional, required = positional[1:], required[1:]
        keyword = [one.arg for one in given.kwonlyargs]
        required += [
            name for name, default in zip(keyword, given.kw_defaults, strict=True) if default is None
        ]
        varargs, varkw = bool(given.vararg), bool(given.kwarg)
        return _signature(positional + keyword, required, len(positional), varargs, varkw, returns)

    def members(self, path: str) -> dict[str, dict]:
        """Name -> what to record of it, for each public member of a class; empty for a function."""
        place, node = self.find(path)
        if not isinstance(node, ast.ClassDef):
            return {}
        found = {}
        for _, one in self.lineage(place, node):
            for name in _attributes(one):
                found.setdefault(name, {"kind": "attribute", "returns": None})
            for inner in one.body:
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                    found[inner.name] = self.entry(f"{path}.{inner.name}")
        return {name: found[name] for name in sorted(found) if not name.startswith("_")}


def _member(node: ast.Module | ast.ClassDef, name: str) -> Definition | None:
    """The last definition of a name in a body, as the last one wins; overloads and setters are not it."""
    found = None
    for one in node.body:
        for inner in ast.walk(one) if isinstance(one, ast.If | ast.Try) else (one,):
            if isinstance(inner, Definition) and inner.name == name:
                marks = [ast.unparse(mark) for mark in inner.decorator_list]
                if not any(mark.endswith(("overload", ".setter", ".deleter")) for mark in marks):
                    found = inner
    return found


def _fields(node: ast.ClassDef) -> list[tuple[str, bool]]:
    """(name, required) of each field of a dataclass or a pydantic model, as its constructor takes them."""
    marks = [ast.unparse(one).partition("(")[0] for one in node.decorator_list]
    if not any(mark.endswith("dataclass") for mark in marks) and "BaseModel" not in map(
        ast.unparse, node.bases
    ):
        return []
    fields = []
    for one in node.body:
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name):
            value = ast.unparse(one.value) if one.value else ""
            if "ClassVar" not in ast.unparse(one.annotation) and "init=False" not in value:
                fields.append((one.target.id, not value))
    return fields


def _attributes(node: ast.ClassDef) -> set[str]:
    """Names assigned in a class's body, or to `self` in its methods."""
    found = set()
    for one in node.body:
        for inner in ast.walk(one) if isinstance(one, ast.FunctionDef) else (one,):
            targets = inner.targets if isinstance(inner, ast.Assign) else [getattr(inner, "target", None)]
            for target in targets:
                if isinstance(target, ast.Attribute) and ast.unparse(target.value) == "self":
                    found.add(target.attr)
                elif isinstance(target, ast.Name) and inner is one:
                    found.add(target.id)
    return found


def _self(annotation: ast.expr | None) -> bool:
    return annotation is not None and ast.unparse(annotation).strip("'\"").endswith("Self")


def _signature(parameters, required, positional, varargs, varkw, returns) -> dict:
    return {
        "kind": "function",
        "parameters": parameters,
        "required": required,
        "positional": positional,
        "varargs": varargs,
        "varkw": varkw,
        "returns": returns,
    }


def flags(text: str) -> list[str]:
    """Flags in a saved --help, or quoted in the source of a command."""
    return sorted(set(re.findall(r"(?<![\w/-])(--?[A-Za-z][\w-]*)", text)))


def record(source: Source, names: list[str], returns: list[str]) -> dict[str, dict]:
    """Path -> what is known of it, for `names` and all they lead to; written as on the command line."""
    told = dict(one.split("=") for one in returns)
    aliases = dict(one.partition("=")[::2] for one in names)
    found, queue = {}, list(aliases)
    while queue:
        path = queue.pop(0)
        origin = aliases.get(path) or path
        entry = source.entry(origin)
        result = told.get(path, path if entry["returns"] == origin else entry["returns"])
        found[path] = {**entry, "returns": result}
        for name, member in source.members(origin).items():
            found.setdefault(f"{path}.{name}", member)
        if result and result not in found and result not in queue:
            queue.append(result)
    return dict(sorted(found.items()))


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m fourbit.book.apirecord", description=__doc__.split("\n")[0]
    )
    parser.add_argument("source", type=Path, help="folder that holds the package")
    parser.add_argument("--package", required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument(
        "--names", nargs="+", default=[], help="PATH, or PATH=OTHER to take the signature of OTHER"
    )
    parser.add_argument(
        "--returns", nargs="+", default=[], help="PATH=CLASS where the source does not annotate it"
    )
    parser.add_argument("--commands", nargs="+", default=[], help="'COMMAND=FILE', a saved --help")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    files = dict(one.split("=") for one in given.commands)
    made = {
        "package": given.package,
        "version": given.version,
        "names": record(Source(given.source), given.names, given.returns),
        "commands": {
            name: {"flags": flags(Path(file).read_text(encoding="utf-8"))} for name, file in files.items()
        },
    }
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
