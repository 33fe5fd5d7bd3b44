"""Names: which are JavaScript's own, which the runtime has, which a body binds."""

import ast
from collections.abc import Iterable


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


RESERVED = words(
    "await break case catch class const continue debugger default delete do else enum eval export extends false "
    "finally for function if import in instanceof let new null package private protected public return static "
    "super switch this throw true try typeof undefined var void while with yield arguments py"
)
BUILTINS = words(
    "abs all any bool dict enumerate float frozenset getattr int isinstance iter len list map max min next range "
    "reversed round set sorted str sum tuple type zip Exception ValueError KeyError UnicodeDecodeError OSError "
    "TypeError divmod print"
)
CLASSES = frozenset({"ValueError", "KeyError", "Counter", "Path"})
# methods of str, list, dict, set and bytes that JavaScript's own lack or name otherwise
METHODS = words(
    "add append decode encode endswith extend fromkeys get index isdigit isprintable items join keys lower lstrip "
    "partition pop removeprefix removesuffix replace rpartition rsplit rstrip setdefault split splitlines "
    "startswith strip update upper values count title read findall fullmatch match search sub"
)
ALWAYS_BOOL = frozenset({"isinstance", "any", "all", "bool", "startswith", "endswith", "has", "isdigit"})


class Unsupported(Exception):
    """A construct without a translation, with its place."""


def safe(name: str) -> str:
    """A name that JavaScript allows."""
    return f"{name}_" if name in RESERVED else name


def bound(nodes: Iterable[ast.AST]) -> set[str]:
    """Names that a body assigns, without those of functions and comprehensions inside it."""
    found: set[str] = set()
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)
            continue
        if isinstance(node, ast.Lambda):
            continue
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            inside = [n for n in ast.walk(node) if isinstance(n, ast.NamedExpr)]
            found |= {n.target.id for n in inside}
            continue
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            found |= {(a.asname or a.name).split(".")[0] for a in node.names}
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        if isinstance(node, ast.ExceptHandler) and node.name:
            found.add(node.name)
        waiting.extend(ast.iter_child_nodes(node))
    return found
