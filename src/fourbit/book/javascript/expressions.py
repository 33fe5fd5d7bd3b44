"""Expressions."""

import ast
import json
from collections.abc import Callable, Iterable

from fourbit.book.javascript.names import ALWAYS_BOOL, BUILTINS, METHODS, Unsupported, bound, safe

COMPARE = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
PLAIN = {ast.Sub: "-", ast.Div: "/"}
CALLED = {
    ast.Add: "add",
    ast.Mult: "mul",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
    ast.BitOr: "bor",
    ast.BitAnd: "band",
    ast.LShift: "shl",
    ast.RShift: "shr",
}


class Expressions:
    """JavaScript of expressions. scopes: names bound, innermost last;  modules, classes: names that stand for those."""

    def __init__(self, file: str):
        self.file = file
        self.scopes: list[set[str]] = []
        self.modules: set[str] = set()
        self.classes: set[str] = set()

    def no(self, node: ast.AST, what: str = "") -> Unsupported:
        line = getattr(node, "lineno", 0)
        return Unsupported(f"{self.file}:{line}: {what or type(node).__name__} has no translation")

    def __call__(self, node: ast.expr) -> str:
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if not method:
            raise self.no(node)
        return method(node)

    def join(self, nodes: Iterable[ast.expr]) -> str:
        return ", ".join(self(node) for node in nodes)

    def truth(self, node: ast.expr) -> str:
        """As a condition."""
        if isinstance(node, ast.BoolOp):
            mark = " && " if isinstance(node.op, ast.And) else " || "
            return "(" + mark.join(self.truth(v) for v in node.values) + ")"
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return f"!{self.truth(node.operand)}"
        return self(node) if self.boolean(node) else f"py.t({self(node)})"

    def boolean(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Compare) or (isinstance(node, ast.Constant) and isinstance(node.value, bool)):
            return True
        if isinstance(node, ast.BoolOp):
            return all(self.boolean(v) for v in node.values)
        if isinstance(node, ast.UnaryOp):
            return isinstance(node.op, ast.Not)
        if isinstance(node, ast.Call):
            return getattr(node.func, "id", getattr(node.func, "attr", "")) in ALWAYS_BOOL
        return False

    def _constant(self, node: ast.Constant) -> str:
        if isinstance(node.value, bytes):
            return f"py.bytes({json.dumps(node.value.decode('latin-1'))})"
        if node.value is ...:
            raise self.no(node, "...")
        return json.dumps(node.value)

    def _name(self, node: ast.Name) -> str:
        if any(node.id in scope for scope in self.scopes):
            return safe(node.id)
        if node.id in BUILTINS:
            return f"py.{node.id}"
        if node.id == "__file__":
            return '""'
        raise self.no(node, f"the name {node.id}")

    def _attribute(self, node: ast.Attribute) -> str:
        return f"{self(node.value)}.{node.attr}"

    def _tuple(self, node: ast.Tuple | ast.List) -> str:
        return f"[{self.join(node.elts)}]"

    _list = _tuple

    def _starred(self, node: ast.Starred) -> str:
        return f"...py.iter({self(node.value)})"

    def _set(self, node: ast.Set) -> str:
        return f"py.set([{self.join(node.elts)}])"

    def _dict(self, node: ast.Dict) -> str:
        pairs = [
            f"...py.items({self(v)})" if k is None else f"[{self(k)}, {self(v)}]"
            for k, v in zip(node.keys, node.values, strict=True)
        ]
        return f"py.dict([{', '.join(pairs)}])"

    def _unaryop(self, node: ast.UnaryOp) -> str:
        if isinstance(node.op, ast.Not):
            return f"!{self.truth(node.operand)}"
        if isinstance(node.op, ast.USub):
            return f"(-{self(node.operand)})"
        raise self.no(node)

    def _binop(self, node: ast.BinOp) -> str:
        left, right, kind = self(node.left), self(node.right), type(node.op)
        if kind is ast.Pow:
            return f"({left} ** {right})"
        if kind is ast.Sub:
            return f"py.sub({left}, {right})"
        if kind in PLAIN:
            return f"({left} {PLAIN[kind]} {right})"
        if kind in CALLED:
            return f"py.{CALLED[kind]}({left}, {right})"
        raise self.no(node, type(node.op).__name__)

    def _boolop(self, node: ast.BoolOp) -> str:
        if self.boolean(node):
            return self.truth(node)
        name = "and" if isinstance(node.op, ast.And) else "or"
        found = self(node.values[-1])
        for value in reversed(node.values[:-1]):
            found = f"py.{name}({self(value)}, () => {found})"
        return found

    def _compare(self, node: ast.Compare) -> str:
        parts, left = [], self(node.left)
        for op, right_node in zip(node.ops, node.comparators, strict=True):
            right = self(right_node)
            simple = isinstance(right_node, (ast.Name, ast.Constant, ast.Attribute))
            if not simple and right_node is not node.comparators[-1]:
                raise self.no(right_node, "a chain of comparisons with an expression inside")
            parts.append(self._compared(op, left, right, node))
            left = right
        return parts[0] if len(parts) == 1 else f"({' && '.join(parts)})"

    def _compared(self, op: ast.cmpop, left: str, right: str, node: ast.Compare) -> str:
        nothing = right == "null"
        if isinstance(op, (ast.Is, ast.IsNot)):
            mark = "==" if nothing else "==="
            return f"({left} {mark if isinstance(op, ast.Is) else '!' + mark[1:]} {right})"
        if isinstance(op, (ast.Eq, ast.NotEq)):
            sign = "!" if isinstance(op, ast.NotEq) else ""
            simple = (ast.Constant, ast.JoinedStr)
            if isinstance(node.left, simple) or isinstance(node.comparators[0], simple):
                return f"({left} {sign or '='}== {right})"
            return f"{sign}py.eq({left}, {right})"
        if isinstance(op, (ast.In, ast.NotIn)):
            return f"{'!' if isinstance(op, ast.NotIn) else ''}py.in({left}, {right})"
        return f"({left} {COMPARE[type(op)]} {right})"

    def _ifexp(self, node: ast.IfExp) -> str:
        return f"({self.truth(node.test)} ? {self(node.body)} : {self(node.orelse)})"

    def _namedexpr(self, node: ast.NamedExpr) -> str:
        return f"({safe(node.target.id)} = {self(node.value)})"

    def _subscript(self, node: ast.Subscript) -> str:
        if isinstance(node.slice, ast.Slice):
            ends = [self(n) if n else "null" for n in (node.slice.lower, node.slice.upper, node.slice.step)]
            return f"py.slice({self(node.value)}, {', '.join(ends)})"
        return f"py.at({self(node.value)}, {self(node.slice)})"

    def _joinedstr(self, node: ast.JoinedStr) -> str:
        parts = []
        for part in node.values:
            if isinstance(part, ast.Constant):
                parts.append(
                    part.value.replace("\\", "\\\\")
                    .replace("`", "\\`")
                    .replace("${", "\\${")
                    .replace("\n", "\\n")
                )
                continue
            spec = ""
            if part.format_spec:
                if any(not isinstance(p, ast.Constant) for p in part.format_spec.values):
                    raise self.no(part, "a computed format")
                spec = part.format_spec.values[0].value
            value = self(part.value)
            if part.conversion == ord("r"):
                value = f"py.repr({value})"
            elif spec:
                value = f"py.format({value}, {json.dumps(spec)})"
            else:
                value = f"py.str({value})"
            parts.append(f"${{{value}}}")
        return f"`{''.join(parts)}`"

    def _lambda(self, node: ast.Lambda) -> str:
        names = [a.arg for a in node.args.args]
        self.scopes.append(set(names))
        body = self(node.body)
        self.scopes.pop()
        return f"(({', '.join(map(safe, names))}) => {body})"

    def target(self, node: ast.expr) -> str:
        """Where an assignment goes: a name, an attribute, several."""
        if isinstance(node, (ast.Tuple, ast.List)):
            return (
                "[" + ", ".join("" if getattr(n, "id", 0) == "_" else self.target(n) for n in node.elts) + "]"
            )
        if isinstance(node, ast.Starred):
            return f"...{self.target(node.value)}"
        if isinstance(node, ast.Name):
            return safe(node.id)
        if isinstance(node, ast.Attribute):
            return f"{self(node.value)}.{node.attr}"
        raise self.no(node, "this target")

    def _loops(self, node: ast.expr, made: Callable[[ast.expr], str]) -> str:
        """Loops of a comprehension; `made` writes what each round adds, once its names are known."""
        text, closing, entered = "", "", 0
        for loop in node.generators:
            source = self(loop.iter)
            self.scopes.append(bound([loop.target]))
            entered += 1
            text += f"for (const {self.target(loop.target)} of py.iter({source})) {{ "
            closing += " }"
            for test in loop.ifs:
                text += f"if ({self.truth(test)}) "
        value = made(node)
        for _ in range(entered):
            self.scopes.pop()
        return f"py.made(($r) => {{ {text}$r.push({value});{closing} }})"

    def _listcomp(self, node: ast.ListComp) -> str:
        return self._loops(node, lambda n: self(n.elt))

    _generatorexp = _listcomp

    def _setcomp(self, node: ast.SetComp) -> str:
        return f"py.set({self._listcomp(node)})"

    def _dictcomp(self, node: ast.DictComp) -> str:
        return f"py.dict({self._loops(node, lambda n: f'[{self(n.key)}, {self(n.value)}]')})"

    def _call(self, node: ast.Call) -> str:
        func, args = node.func, self.join(node.args)
        words = ", ".join(
            f"{k.arg}: {self(k.value)}" if k.arg else f"...py.fields({self(k.value)})" for k in node.keywords
        )
        if isinstance(func, ast.Name):
            if func.id in self.classes or func.id == "cls":
                name = self(func)
                return f"py.made_of({name}, [{args}], {{{words}}})" if words else f"new {name}({args})"
            return (
                f"py.named(null, {self(func)}, [{args}], {{{words}}})" if words else f"{self(func)}({args})"
            )
        if not isinstance(func, ast.Attribute):
            if words:
                raise self.no(node, "an expression called by keyword")
            return f"{self(func)}({args})"
        owner = func.value
        if isinstance(owner, ast.Call) and getattr(owner.func, "id", "") == "super":
            return f"super.{func.attr}({args})"
        if func.attr == "__setattr__":
            return f"py.setattr({args})"
        if isinstance(owner, ast.Name) and (owner.id in self.modules or owner.id in ("self", "cls")):
            if f"{owner.id}.{func.attr}" in self.classes:
                return f"py.made_of({self(func)}, [{args}], {{{words}}})"
            return (
                f"py.named({self(owner)}, {self(func)}, [{args}], {{{words}}})"
                if words
                else f"{self(func)}({args})"
            )
        if func.attr in METHODS:
            extra = f"{', ' if args else ''}new py.Words({{{words}}})" if words else ""
            return f'py.call({self(owner)}, "{func.attr}"{", " if args or extra else ""}{args}{extra})'
        if words:
            return f'py.method({self(owner)}, "{func.attr}", [{args}], {{{words}}})'
        return f"{self(func)}({args})"
