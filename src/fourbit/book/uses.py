"""Uses of a library in a script, held against the record of what the library has."""

import ast
import difflib

RECORD = "python -m fourbit.book.apirecord SOURCE --archive FILE"


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
        recorded = any(f"{name}.".startswith(f"{path}.") for name in self.names)
        if recorded or self.names.get(owner, {}).get("open"):
            return
        known = [name.rpartition(".")[2] for name in self.names if name.rpartition(".")[0] == owner]
        expected = f"a name of {owner or path}{near(last, known)}"
        mend = f"correct it, or record it: {RECORD} ... --names {path}"
        self.found.append((node.lineno, expected, repr(last), mend))

    def _check_arguments(self, path: str, node: ast.Call) -> None:
        entry = self.names[path]
        if "parameters" not in entry:  # an attribute that is called, or a class made elsewhere
            return
        known, where = entry["parameters"], f"{path} of {entry['source']}"
        mend = "correct the call"
        starred = any(isinstance(one, ast.Starred) for one in node.args)
        starred |= any(one.arg is None for one in node.keywords)
        by_position = known[: min(len(node.args), entry["positional"])]
        if len(node.args) > entry["positional"] and not entry["varargs"] and not starred:
            expected = f"at most {entry['positional']} positional arguments for {where}"
            self.found.append((node.lineno, expected, str(len(node.args)), mend))
        given = {one.arg for one in node.keywords if one.arg}
        for name in sorted(given - set(known)) if not entry["varkw"] else ():
            self.found.append((node.lineno, f"a parameter of {where}{near(name, known)}", repr(name), mend))
        for name in by_position if not starred else ():
            if name in given:
                self.found.append((node.lineno, f"{name!r} once in the call of {where}", "it twice", mend))
        for name in entry["required"] if not starred else ():
            if name not in given and name not in by_position:
                self.found.append((node.lineno, f"the argument {name!r} for {where}", "none", mend))


def near(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=4, cutoff=0.5) or sorted(known)[:8]
    return f" (such as {', '.join(near)})" if near else ""
