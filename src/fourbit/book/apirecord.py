"""Record what a library offers, read from its source without importing it.

    python -m fourbit.book.apirecord SOURCE --archive gptqmodel-7.7.0.tar.gz --package gptqmodel \\
        --version 7.7.0 --names gptqmodel.GPTQModel.load gptqmodel.BACKEND --out snippets/api/gptqmodel-7.7.0.json

SOURCE is the folder that holds the package: the unpacked archive, or site-packages. A name is a dotted path
as a user imports it, with attributes. A class is recorded with its constructor and its public members.
The class that a named function is annotated to return is recorded too.
"""

import argparse
import ast
import hashlib
import json
import re
from pathlib import Path

from fourbit.book.definitions import Source, member
from fourbit.errors import UserError

CLOSED = {"object", "ABC", "Enum", "IntEnum", "StrEnum", "str", "int", "Generic", "Protocol", "BaseModel"}
MODELS = {"BaseModel", "Struct"}  # of pydantic and msgspec: annotations become constructor arguments


def entry(source: Source, path: str) -> dict:
    """What to record of a name; UserError when the source does not define it."""
    found = source.find(path)
    if not found:
        raise UserError(f"{path}: {source.folder} does not define it; give the path as a user imports it")
    place, node = found
    if not isinstance(node, ast.ClassDef):
        return _function(source, node, place, bound=source.tree(place.rpartition(".")[0]) is None)
    lineage = source.lineage(place, node)
    # An unknown member may come from a base of another package, or be made up when it is asked for.
    known = {one.name for _, one in lineage} | CLOSED
    bases = {name for _, one in lineage for name in _bases(one)}
    told = {
        "kind": "class",
        "open": not bases <= known or any(member(one, "__getattr__") for _, one in lineage),
        "returns": path,
    }
    for owner, one in lineage:
        init = member(one, "__init__")
        if init:
            return _function(source, init, f"{owner}.__init__", bound=True) | told
    fields = dict(
        field for _, one in reversed(lineage) if bases & MODELS or _dataclass(one) for field in _fields(one)
    )
    if fields:
        required = [name for name, needed in fields.items() if needed]
        return _signature(list(fields), required, len(fields), False, False, path) | told
    return told  # its constructor is made elsewhere: a call is not judged


def members(source: Source, path: str) -> dict[str, dict]:
    """Name -> what to record of it, for each public member of a class; empty for a function."""
    place, node = source.find(path)
    if not isinstance(node, ast.ClassDef):
        return {}
    found = {}
    for _, one in source.lineage(place, node):
        for name in _attributes(one):
            found.setdefault(name, {"kind": "attribute", "returns": None})
        for inner in one.body:
            if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                found[inner.name] = entry(source, f"{path}.{inner.name}")
    return {name: found[name] for name in sorted(found) if not name.startswith("_")}


def _function(source: Source, node: ast.FunctionDef | ast.AsyncFunctionDef, place: str, bound: bool) -> dict:
    marks = {ast.unparse(one) for one in node.decorator_list}
    returns = source.resolve(node.returns, place)
    if bound and node.returns and ast.unparse(node.returns).strip("'\"").endswith("Self"):
        returns = place.rpartition(".")[0]
    if any(mark.endswith("property") for mark in marks):
        return {"kind": "attribute", "returns": returns}
    given = node.args
    positional = [one.arg for one in (*given.posonlyargs, *given.args)]
    required = positional[: len(positional) - len(given.defaults)]
    if bound and "staticmethod" not in marks:
        positional, required = positional[1:], required[1:]
    keyword = [one.arg for one in given.kwonlyargs]
    required += [name for name, default in zip(keyword, given.kw_defaults, strict=True) if default is None]
    varargs, varkw = bool(given.vararg), bool(given.kwarg)
    return _signature(positional + keyword, required, len(positional), varargs, varkw, returns)


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


def _bases(node: ast.ClassDef) -> set[str]:
    """The last names of its bases: `Struct` of `msgspec.Struct`."""
    return {ast.unparse(base).partition("[")[0].rpartition(".")[2] for base in node.bases}


def _dataclass(node: ast.ClassDef) -> bool:
    return any(ast.unparse(one).partition("(")[0].endswith("dataclass") for one in node.decorator_list)


def _fields(node: ast.ClassDef) -> list[tuple[str, bool]]:
    """(name, required) of each field that the body of a dataclass or a model adds to its constructor."""
    fields = []
    for one in node.body:
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name):
            value = ast.unparse(one.value) if one.value else ""
            other = "ClassVar" in ast.unparse(one.annotation) or "init=False" in value
            if not other and not one.target.id.startswith("_"):
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
        known = entry(source, origin)
        result = told.get(path, path if known["returns"] == origin else known["returns"])
        found[path] = {**known, "returns": result}
        for name, inner in members(source, origin).items():
            found.setdefault(f"{path}.{name}", inner)
        if result and result not in found and result not in queue:
            queue.append(result)
    return dict(sorted(found.items()))


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m fourbit.book.apirecord", description=__doc__.split("\n")[0]
    )
    several = {"nargs": "+", "default": []}
    parser.add_argument("source", type=Path, help="folder that holds the package")
    parser.add_argument("--archive", type=Path, required=True, help="the file it was unpacked from")
    parser.add_argument("--package", required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--names", **several, help="PATH, or PATH=OTHER to take the signature of OTHER")
    parser.add_argument("--returns", **several, help="PATH=CLASS where the source does not annotate it")
    parser.add_argument("--commands", **several, help="'COMMAND=FILE', a saved --help")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    helps = {name: Path(file).read_text("utf-8") for name, file in (one.split("=") for one in given.commands)}
    made = {
        "package": given.package,
        "version": given.version,
        "file": given.archive.name,
        "sha256": hashlib.sha256(given.archive.read_bytes()).hexdigest(),
        "names": record(Source(given.source), given.names, given.returns),
        "commands": {name: {"flags": flags(text)} for name, text in helps.items()},
    }
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
