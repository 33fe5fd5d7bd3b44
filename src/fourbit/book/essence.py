"""What of a script decides its results: its code, without comments, docstrings and the messages of errors it raises."""

import ast
import io
import tokenize


def essence(source: str) -> str:
    """Source text with those parts, blank lines and trailing space taken out; the rest is left as it is written."""
    lines = source.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    for first, last, instead in sorted(_dropped(ast.parse(source)), reverse=True):
        lines[first - 1 : last] = [instead]
    return "\n".join(line.rstrip() for line in lines if line.strip())


def _dropped(tree: ast.Module) -> set[tuple[int, int, str]]:
    """(first line, last line, what stands there instead) of docstrings and of what follows `raise`."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            head = node.body[0] if node.body else None
            if (
                isinstance(head, ast.Expr)
                and isinstance(head.value, ast.Constant)
                and isinstance(head.value.value, str)
            ):
                found.add((head.lineno, head.end_lineno, " " * head.col_offset + "pass"))
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
            what = f"raise {ast.unparse(node.exc.func)}"
            found.add((node.lineno, node.end_lineno, " " * node.col_offset + what))
    return found
