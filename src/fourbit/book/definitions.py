"""Definitions in a library's source, found by dotted path without importing it."""

import ast
from pathlib import Path

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class Source:
    """Definitions of the packages in a folder, found by dotted path."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._trees: dict[str, ast.Module | None] = {}

    def tree(self, module: str) -> ast.Module | None:
        if module not in self._trees:
            stem = self.folder.joinpath(*module.split("."))
            files = [one for one in (stem / "__init__.py", stem.with_suffix(".py")) if one.is_file()]
            self._trees[module] = ast.parse(files[0].read_text(encoding="utf-8")) if files else None
        return self._trees[module]

    def find(self, path: str, seen: frozenset[str] = frozenset()) -> tuple[str, Definition] | None:
        """(defining path, node) of a function or class, through re-exports and bases; None when not found."""
        owner, _, name = path.rpartition(".")
        if path in seen or not owner:
            return None
        seen |= {path}
        tree = self.tree(owner)
        if tree:
            return self._in_module(tree, owner, name, seen)
        above = self.find(owner, seen)
        if above and isinstance(above[1], ast.ClassDef):
            for place, node in self.lineage(*above):
                found = member(node, name)
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
        found = member(tree, name)
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


def member(node: ast.Module | ast.ClassDef, name: str) -> Definition | None:
    """The last definition of a name in a body, as the last one wins; overloads and setters are not it."""
    found = None
    for one in node.body:
        for inner in ast.walk(one) if isinstance(one, ast.If | ast.Try) else (one,):
            if isinstance(inner, Definition) and inner.name == name:
                marks = [ast.unparse(mark) for mark in inner.decorator_list]
                if not any(mark.endswith(("overload", ".setter", ".deleter")) for mark in marks):
                    found = inner
    return found
