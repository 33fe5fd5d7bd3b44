"""Lab notebooks: `snippets/NN_slug/lab.py` becomes `docs/learn/NN-slug-lab.ipynb` with its outputs."""

import json
import re
from pathlib import Path
from textwrap import indent

from fourbit.book.normalize import compare, normalize
from fourbit.book.problem import Problem
from fourbit.book.runner import Runner
from fourbit.book.server import CELL, VALUE
from fourbit.book.snippets import SECTION, Snippet

MARK = re.compile(r"^# %%(?P<markdown> \[markdown\])?[ \t]*$", re.MULTILINE)


def lab_notebook(snippet: Snippet) -> Path:
    """Where the notebook of a chapter lies."""
    return snippet.root / "docs" / "learn" / f"{snippet.chapter.replace('_', '-')}-lab.ipynb"


def split_cells(text: str) -> list[tuple[str, str]]:
    """A script in percent format as (`markdown` or `code`, source) pairs, from its first mark on."""
    marks = list(MARK.finditer(text))
    starts = [*(mark.start() for mark in marks), len(text)]
    cells = []
    for mark, end in zip(marks, starts[1:], strict=True):
        lines = [line for line in text[mark.end() : end].strip("\n").split("\n") if not SECTION.search(line)]
        if mark["markdown"]:
            cells.append(("markdown", "\n".join(re.sub(r"^# ?", "", line) for line in lines)))
        else:
            cells.append(("code", "\n".join(lines)))
    return cells


def build(cells: list[tuple[str, str]], printed: str) -> str:
    """A notebook in nbformat 4.5; the same cells and outputs give the same bytes."""
    outputs = iter(printed.split(CELL))
    made, count = [], 0
    for number, (kind, source) in enumerate(cells, 1):
        cell = {
            "cell_type": kind,
            "id": f"cell-{number:02d}",
            "metadata": {},
            "source": source.splitlines(True),
        }
        if kind == "code":
            count += 1
            cell |= {"execution_count": count, "outputs": _outputs(next(outputs), count)}
        made.append(cell)
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    notebook = {"cells": made, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _outputs(printed: str, count: int) -> list[dict]:
    stream, _, value = printed.partition(VALUE)
    outputs = []
    if stream:
        outputs.append({"name": "stdout", "output_type": "stream", "text": stream.splitlines(True)})
    if value:
        data = {"text/plain": value.splitlines(True)}
        outputs.append(
            {"data": data, "execution_count": count, "metadata": {}, "output_type": "execute_result"}
        )
    return outputs


def check_lab(runner: Runner, snippet: Snippet, update: bool = False) -> list[Problem]:
    """Run the lab's cells; compare the notebook with what they give now, or write it."""
    file = lab_notebook(snippet)
    cells = split_cells(snippet.text)
    code = [source for kind, source in cells if kind == "code"]
    if not code:
        return [Problem(snippet.file, 1, "cells of code, each after a line `# %%`", "none", "add them")]
    outcome = runner.run_cells(snippet, code)
    if outcome.exit_code or outcome.timed_out or outcome.truncated:
        last = indent(normalize(outcome.stderr, snippet.root)[-1500:], "    ")
        found = f"exit code {outcome.exit_code}{' after its timeout' * outcome.timed_out}\n{last}"
        mend = f"mend the lab, then fourbit check {snippet.chapter}"
        return [Problem(snippet.file, 1, "cells that run in order", found, mend)]
    fresh = build(cells, normalize(outcome.stdout, snippet.root))
    old = file.read_text(encoding="utf-8") if file.is_file() else ""
    diff = compare(old, fresh, snippet.tolerance if _sources(old) == _sources(fresh) else 0.0)
    if diff is None:
        return []
    if update:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(fresh, encoding="utf-8")
        return []
    found = f"another (- in the repository, + now)\n{indent(diff, '    ')}\n" if old else "no such file"
    page, mend = file.relative_to(snippet.root).as_posix(), f"fourbit check {snippet.chapter} --update"
    return [Problem(page, 1, f"the notebook that {snippet.file} gives", found, mend)]


def _sources(notebook: str) -> list | None:
    """All but the outputs; None when that is no notebook (say, a merge left its marks)."""
    try:
        return [{**cell, "outputs": None} for cell in json.loads(notebook)["cells"]]
    except (ValueError, KeyError):
        return None
