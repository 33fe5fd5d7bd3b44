"""The arithmetic of `fourbit.vram` as JavaScript: `python -m fourbit.book.translate` writes docs/assets/js/vram-core.js
and vram-tables.js, the modules and the tables of models and hardware. tests/vram/test_parity.py finds them stale."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import fourbit
from fourbit.book.javascript import CLASSES, Expressions, bound, safe

SOURCE = Path(fourbit.__file__).parent
MODULES = (  # each after those that it imports
    "errors",
    *(
        "gguf.types",
        "gguf.dims",
        "gguf.architectures",
        "gguf.hybrids",
        "gguf.known",
        "gguf.modules",
        "gguf.layout",
    ),
    *("gguf.names", "gguf.mixes", "gguf.mix", "gguf.reader", "gguf.header"),
    *(
        "vram.lines",
        "vram.tables",
        "vram.devices",
        "vram.metadata",
        "vram.model",
        "vram.settings",
        "vram.cache",
    ),
    *("vram.weights", "vram.compute", "vram.runtimes", "vram.speed", "vram.place", "vram.estimate"),
)
ABSENT = {  # what asks the machine or its files
    "gguf.header": {"read"},
    "vram.devices": {"here", "ram", "_run", "_nvidia", "_known", "_mac"},
    "vram.model": {"read", "from_config_file", "from_gguf"},
}
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
TYPING = {"Callable", "Mapping", "tuple", "dict", "list", "frozenset"}
HEAD = "// Made from src/fourbit/{} by `python -m fourbit.book.translate`; edit those, not this.\n"


class Module:
    """One module as the body of a function that returns its names."""

    def __init__(self, name: str, classes: dict[str, set[str]], worded: set[str]):
        self.name, self.known, self.worded = name, classes, worded
        self.write = Expressions(name)
        self.lines: list[str] = []
        self.depth = 0

    def put(self, text: str) -> None:
        self.lines.append(" " * self.depth + text)

    def module(self, tree: ast.Module) -> str:
        absent = ABSENT.get(self.name, set())
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
            if isinstance(n, (ast.Assign, ast.AnnAssign, ast.AugAssign)) and not _alias(n)
        ]
        return bound(nodes)

    def block(self, nodes: list[ast.stmt]) -> None:
        self.depth += 1
        for node in nodes:
            self.statement(node)
        self.depth -= 1

    def statement(self, node: ast.stmt) -> None:
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if not method:
            raise self.write.no(node)
        method(node)

    def _expr(self, node: ast.Expr) -> None:
        value = node.value
        if isinstance(value, ast.Constant):
            return  # a docstring
        if isinstance(value, ast.Yield):
            self.put(f"yield {self.write(value.value)};")
        elif isinstance(value, ast.YieldFrom):
            self.put(f"yield* py.iter({self.write(value.value)});")
        else:
            self.put(f"{self.write(value)};")

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

    def _assign(self, node: ast.Assign) -> None:
        if _alias(node):
            return
        value = self.write(node.value)
        if any(isinstance(goal, ast.Subscript) for goal in node.targets):
            several = len(node.targets) > 1
            if several:
                self.put(f"{{ const $v = {value};")
            for goal in node.targets:
                self._item(goal, "$v" if several else value)
            if several:
                self.put("}")
            return
        goals = " = ".join(self.write.target(goal) for goal in node.targets)
        self.put(f"{goals} = {value};" if not goals.startswith("[") else f"({goals} = py.iter({value}));")

    def _item(self, goal: ast.expr, value: str) -> None:
        if not isinstance(goal, ast.Subscript):
            self.put(f"{self.write.target(goal)} = {value};")
        elif isinstance(goal.slice, ast.Slice):
            self.put(f"py.setall({self.write(goal.value)}, {value});")
        else:
            self.put(f"py.put({self.write(goal.value)}, {self.write(goal.slice)}, {value});")

    def _annassign(self, node: ast.AnnAssign) -> None:
        if node.value and not _alias(node):
            self.put(f"{self.write.target(node.target)} = {self.write(node.value)};")

    def _augassign(self, node: ast.AugAssign) -> None:
        goal = node.target
        load = ast.parse(ast.unparse(goal), mode="eval").body
        value = self.write(ast.copy_location(ast.BinOp(load, node.op, node.value), node))
        if isinstance(goal, ast.Subscript):
            self.put(f"py.put({self.write(goal.value)}, {self.write(goal.slice)}, {value});")
        else:
            self.put(f"{self.write.target(goal)} = {value};")

    def _return(self, node: ast.Return) -> None:
        self.put(f"return {self.write(node.value) if node.value else 'null'};")

    def _raise(self, node: ast.Raise) -> None:
        self.put(f"throw {self.write(node.exc)};")

    def _continue(self, node: ast.Continue) -> None:
        self.put("continue;")

    def _if(self, node: ast.If) -> None:
        self.put(f"if ({self.write.truth(node.test)}) {{")
        self.block(node.body)
        if node.orelse:
            self.put("} else {")
            self.block(node.orelse)
        self.put("}")

    def _while(self, node: ast.While) -> None:
        self.put(f"while ({self.write.truth(node.test)}) {{")
        self.block(node.body)
        self.put("}")

    def _for(self, node: ast.For) -> None:
        self.put(f"for ({self.write.target(node.target)} of py.iter({self.write(node.iter)})) {{")
        self.block(node.body)
        self.put("}")

    def _try(self, node: ast.Try) -> None:
        self.put("try {")
        self.block(node.body)
        self.put("} catch ($e) {")
        self.depth += 1
        for handler in node.handlers:
            kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
            test = " || ".join(f"$e instanceof {self.write(kind)}" for kind in kinds)
            self.put(f"if ({test}) {{")
            self.depth += 1
            if handler.name:
                self.put(f"{safe(handler.name)} = $e;")
            self.depth -= 1
            self.block(handler.body)
            self.put("} else")
        self.put("throw $e;")
        self.depth -= 1
        self.put("}")

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
        self.later: list[str] = []
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


def _alias(node: ast.stmt) -> bool:
    """Whether it names a type, which JavaScript has no use for."""
    value = node.value
    return isinstance(value, ast.Subscript) and isinstance(value.value, ast.Name) and value.value.id in TYPING


def _own_nodes(node: ast.FunctionDef) -> Iterator[ast.AST]:
    waiting: list[ast.AST] = list(node.body)
    while waiting:
        found = waiting.pop()
        yield found
        if not isinstance(found, (ast.FunctionDef, ast.Lambda)):
            waiting.extend(ast.iter_child_nodes(found))


def core() -> str:
    """All modules as one script."""
    trees = {
        name: ast.parse((SOURCE / f"{name.replace('.', '/')}.py").read_text("utf-8")) for name in MODULES
    }
    classes = {
        name: {n.name for n in tree.body if isinstance(n, ast.ClassDef)} for name, tree in trees.items()
    }
    calls = [n for tree in trees.values() for n in ast.walk(tree) if isinstance(n, ast.Call) and n.keywords]
    worded = {getattr(n.func, "id", getattr(n.func, "attr", "")) for n in calls}
    parts = [Module(name, classes, worded).module(tree) for name, tree in trees.items()]
    return (
        HEAD.format("gguf and src/fourbit/vram")
        + '"use strict";\nglobalThis.fourbit = ((py) => {\nconst M = {};\n'
        + "".join(parts)
        + "return M;\n})(globalThis.fourbitPython);\n"
    )


def tables() -> str:
    """models.toml and hardware.toml, without comments."""
    found = {}
    for name in ("models.toml", "hardware.toml"):
        text = (SOURCE / "vram" / name).read_text("utf-8")
        found[name] = re.sub(r"^(#.*)?\n", "", text, flags=re.MULTILINE)
    return (
        HEAD.format("vram/*.toml")
        + f"globalThis.fourbitTables = {json.dumps(found, ensure_ascii=False, indent=0)};\n"
    )


FILES = {"vram-core.js": core, "vram-tables.js": tables}


def main() -> None:
    """Writes both files."""
    folder = SOURCE.parents[1] / "docs/assets/js"
    for name, make in FILES.items():
        partial = folder / f"{name}.partial"
        partial.write_text(make(), "utf-8")
        partial.replace(folder / name)


if __name__ == "__main__":
    main()
