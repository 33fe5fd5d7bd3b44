"""Statements of a function or a module, a line each."""

import ast

from fourbit.book.javascript.expressions import Expressions
from fourbit.book.javascript.names import safe

TYPING = {"Callable", "Mapping", "tuple", "dict", "list", "frozenset"}


class Statements:
    """JavaScript of statements, gathered in `lines`."""

    def __init__(self, name: str):
        self.name = name
        self.write = Expressions(name)
        self.lines: list[str] = []
        self.depth = 0

    def put(self, text: str) -> None:
        self.lines.append(" " * self.depth + text)

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

    def _assign(self, node: ast.Assign) -> None:
        if is_alias(node):
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
        if node.value and not is_alias(node):
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


def is_alias(node: ast.stmt) -> bool:
    """Whether it names a type, which JavaScript has no use for."""
    value = node.value
    return isinstance(value, ast.Subscript) and isinstance(value.value, ast.Name) and value.value.id in TYPING
