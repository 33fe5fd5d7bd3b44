"""Modules, functions and classes."""

import ast
import json
from collections.abc import Iterator

from fourbit.book.javascript.names import CLASSES, bound, safe
from fourbit.book.javascript.statements import Statements, is_alias

LIBRARY = {
    "re",
    "json",
    "struct",
    "math",
    "dataclasses",
    "functools",
    "collections",
    "itertools",
    "tomllib",
    "pathlib",
    "difflib",
}
NO_CODE = {"typing", "collections.abc", "sys"}


class Module(Statements):
    """One module as the body of a function that returns its names."""

    def __init__(self, name: str, classes: dict[str, set[str]], worded: set[str], absent: set[str]):
        super().__init__(name)
        self.known, self.worded, self.absent = classes, worded, absent
        self.later: list[str] = []

    def module(self, tree: ast.Module) -> str:
        absent = self.absent
        names = bound(tree.body) - {"annotations"}
        self.write.scopes.append(names | absent)
        self.write.classes = {n.name for n in tree.body if isinstance(n, ast.ClassDef)}
        stored = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        imported = {
            a.asname or a.name
            for n in tree.body
            if isinstance(n, (ast.Import, ast.ImportFrom))
            for a in n.names
        }
        own = sorted(safe(n) for n in names & stored - imported)
        if own := [n for n in own if n in {safe(m) for m in self._outer(tree)}]:
            self.put(f"let {', '.join(own)};")
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name in absent:
                self.put(f'const {safe(node.name)} = () => py.absent("{node.name}");')
            else:
                self.statement(node)
        shared = sorted(
            safe(n) for n in self._outer(tree) | {n.name for n in tree.body if hasattr(n, "name")}
        )
        self.put(f"return {{ {', '.join(shared)} }};")
        body = "\n".join(self.lines)
        return f'M["{self.name}"] = (() => {{\n{body}\n}})();\n'

    def _outer(self, tree: ast.Module) -> set[str]:
        """Names that assignments at the module's level bind, without type aliases."""
        nodes = [
            n
            for n in tree.body
            if isinstance(n, (ast.Assign, ast.AnnAssign, ast.AugAssign)) and not is_alias(n)
        ]
        return bound(nodes)

    def _import(self, node: ast.Import) -> None:
        for name in (a.name for a in node.names):
            if name in LIBRARY:
                self.write.modules.add(name)
                self.put(f"const {name} = py.library.{name};")

    def _importfrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            own = alias.asname or alias.name
            if node.module in NO_CODE:
                continue
            if node.module in LIBRARY:
                if own in ("dataclass", "field", "cached_property", "cache"):
                    continue
                if own in CLASSES:
                    self.write.classes.add(own)
                self.put(f"const {safe(own)} = py.library.{node.module}.{alias.name};")
                continue
            origin = node.module.removeprefix("fourbit.")
            inner = f"{origin}.{alias.name}"
            if inner in self.known:
                self.write.modules.add(own)
                self.write.classes |= {f"{own}.{name}" for name in self.known[inner]}
                self.put(f'const {safe(own)} = M["{inner}"];')
            else:
                if alias.name in self.known[origin]:
                    self.write.classes.add(own)
                self.put(f'const {safe(own)} = M["{origin}"].{safe(alias.name)};')

    def _functiondef(self, node: ast.FunctionDef, method: bool = False) -> None:
        kinds = {ast.unparse(d) for d in node.decorator_list}
        arguments = node.args
        plain = [a.arg for a in (*arguments.posonlyargs, *arguments.args)][
            1 if method and "staticmethod" not in kinds else 0 :
        ]
        names = plain + [a.arg for a in arguments.kwonlyargs]
        every = {
            *names,
            *([arguments.vararg.arg] if arguments.vararg else []),
            *([arguments.kwarg.arg] if arguments.kwarg else []),
        }
        own = bound(node.body)
        inner = own | every | ({"self", "cls"} if method else set())
        generator = any(isinstance(n, (ast.Yield, ast.YieldFrom)) for n in _own_nodes(node))
        many = arguments.vararg or arguments.kwarg
        given = ["...$a"] if many else list(self._parameters(arguments, plain))
        star, name = "*" if generator else "", safe(node.name)
        if method:
            mark = (
                "static "
                if kinds & {"classmethod", "staticmethod"}
                else "get "
                if kinds & {"property", "cached_property"}
                else ""
            )
            self.put(f"{mark}{star}{node.name}({', '.join(given)}) {{")
        else:
            self.put(f"function{star} {name}({', '.join(given)}) {{")
        self.write.scopes.append(inner)
        self.depth += 1
        if method:
            self.put(f"const {'cls' if 'classmethod' in kinds else 'self'} = this;")
        if many:
            self._spread(arguments, plain)
        functions = {n.name for n in ast.walk(node) if isinstance(n, ast.FunctionDef) and n is not node}
        if fresh := sorted(safe(n) for n in own - every - functions - self._imports(node)):
            self.put(f"let {', '.join(fresh)};")
        if "cached_property" in kinds:
            self.put(f'return py.once(self, "{node.name}", () => {{')
        self.depth -= 1
        self.block(node.body)
        if "cached_property" in kinds:
            self.put("});")
        self.write.scopes.pop()
        self.put("}")
        owner = (
            f"{method}.{'' if kinds & {'classmethod', 'staticmethod'} else 'prototype.'}{node.name}"
            if method
            else name
        )
        if many:
            self.after(method, f"{owner}.$many = true;")
        elif node.name in self.worded and not kinds & {"property", "cached_property"}:
            self.after(method, f"{owner}.$names = {json.dumps(names)};")
        if "cache" in kinds:
            self.put(f"{name} = py.cached({name});")

    def after(self, method: bool, text: str) -> None:
        self.later.append(text) if method else self.put(text)

    def _imports(self, node: ast.FunctionDef) -> set[str]:
        return {
            a.asname or a.name
            for n in ast.walk(node)
            if isinstance(n, (ast.Import, ast.ImportFrom))
            for a in n.names
        }

    def _parameters(self, arguments: ast.arguments, plain: list[str]) -> Iterator[str]:
        missing = len(plain) - len(arguments.defaults)
        defaults = [None] * max(0, missing) + list(arguments.defaults)[-len(plain) :] if plain else []
        pairs = list(zip(plain, defaults, strict=True))
        pairs += [(a.arg, d) for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]
        for name, default in pairs:
            yield safe(name) if default is None else f"{safe(name)} = {self.write(default)}"

    def _spread(self, arguments: ast.arguments, plain: list[str]) -> None:
        """Takes `$a`, all that was given, apart."""
        self.put("const $k = py.words($a);")
        for name in plain:
            self.put(f"let {safe(name)} = $a.length ? $a.shift() : $k.{name};")
        if arguments.vararg:
            self.put(f"let {safe(arguments.vararg.arg)} = $a;")
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
            text = self.write(default) if default else "null"
            self.put(f"let {safe(argument.arg)} = py.given($k.{argument.arg}, {text});")
        if arguments.kwarg:
            self.put(f"let {safe(arguments.kwarg.arg)} = py.dict(Object.entries($k));")

    def _classdef(self, node: ast.ClassDef) -> None:
        bases = [ast.unparse(base) for base in node.bases]
        base = "py.List" if "list" in bases else "py.Named" if "NamedTuple" in bases else "py.Thing"
        if bases and bases[0] not in ("list", "NamedTuple"):
            base = self.write(node.bases[0])
        self.later = []
        self.put(f"class {safe(node.name)} extends {base} {{")
        self.depth += 1
        fields = [n for n in node.body if isinstance(n, ast.AnnAssign)]
        if fields:
            names = [n.target.id for n in fields]
            given = [self._field(n) for n in fields]
            self.put(f"constructor({', '.join(given)}) {{")
            self.put(" super();")
            self.put(" " + " ".join(f"this.{name} = {safe(name)};" for name in names))
            self.put(" this.__post_init__?.();")
            self.put("}")
            self.later.append(f"{safe(node.name)}.$fields = {json.dumps(names)};")
        for part in node.body:
            if isinstance(part, ast.FunctionDef):
                self._functiondef(part, method=node.name)
        self.depth -= 1
        self.put("}")
        for text in self.later:
            self.put(text)

    def _field(self, node: ast.AnnAssign) -> str:
        name, value = safe(node.target.id), node.value
        if isinstance(value, ast.Call) and getattr(value.func, "id", "") == "field":
            made = next(k.value for k in value.keywords if k.arg == "default_factory")
            return f"{name} = {self.write(made)}()"
        return f"{name} = {self.write(value)}" if value else name


def _own_nodes(node: ast.FunctionDef) -> Iterator[ast.AST]:
    waiting: list[ast.AST] = list(node.body)
    while waiting:
        found = waiting.pop()
        yield found
        if not isinstance(found, (ast.FunctionDef, ast.Lambda)):
            waiting.extend(ast.iter_child_nodes(found))
