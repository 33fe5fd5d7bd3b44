"""Run a snippet in the reader's browser as the tests run it, with the reader's changes: called by docs/assets/js/run-worker.js.

An exercise is a snippet with three sections. `start` is what the reader begins with; `solution` does it right; the asserts of
`check` tell, and their messages are the hints. The file as it is runs the solution. In the page the reader's code stands in
place of `start`, and the solution is left out.
"""

import contextlib
import io
import linecache
import random
import re
import sys
import textwrap
import traceback
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from fourbit import kb

MARK = re.compile(r"^\s*# --8<-- \[(start|end):\s*([\w-]+)\s*\]")


def sections(text: str) -> dict[str, tuple[int, int]]:
    """The first line and the line after the last of each section of a file, counted from 0, without its marks."""
    starts, found = {}, {}
    for number, line in enumerate(text.splitlines()):
        if match := MARK.match(line):
            kind, name = match.groups()
            if kind == "start":
                starts[name] = number + 1
            else:
                found[name] = starts[name], number
    return found


def replace(text: str, names: Sequence[str], code: str) -> str:
    """The file with `code` in place of sections, at the first of them; without names: in place of all of it."""
    if not names:
        return code
    for name in reversed(names):
        lines = text.splitlines()
        first, last = sections(text)[name]
        widths = [len(line) - len(line.lstrip()) for line in lines[first:last] if line.strip()]
        new = textwrap.indent(code if name == names[0] else "pass", " " * min(widths, default=0))
        text = "\n".join([*lines[:first], *new.splitlines(), *lines[last:]]) + "\n"
    return text


def attempt(text: str, code: str) -> str:
    """An exercise with the reader's code in place of its solution; what stands after its asserts is left out."""
    text = replace(replace(text, ["start"], code), ["solution"], "")
    return "\n".join(text.splitlines()[: sections(text)["check"][1] + 1]) + "\n"


def run(
    text: str, name: str, edits: Sequence[tuple[Sequence[str], str]], write: Callable[[str, str], None]
) -> dict:
    """Run a snippet in a fresh namespace.

    text, name  the file, and its path from the root
    edits       (sections, code) that the reader changed
    write       gets ("out" or "err", text) as it is printed
    Returns {} when all went well, else
    {"error": the traceback, "message": the exception's, "assert": whether it is a claim that failed,
     "line": the last line of the file in the traceback, from 1, "section": that has it, "inside": the line in the section,
     "entry": {"slug", "title"} of the knowledge base's entry that explains it, if one does}
    """
    for names, code in edits:
        text = replace(text, names, code)
    lines = text.splitlines(keepends=True)
    linecache.cache[name] = (len(text), None, lines, name)
    before, beside = set(sys.modules), str(Path(name).parent.absolute())
    sys.path.insert(0, beside)
    random.seed()
    np.random.seed()
    try:
        with contextlib.ExitStack() as around:
            around.enter_context(contextlib.redirect_stdout(_Stream("out", write)))
            around.enter_context(contextlib.redirect_stderr(_Stream("err", write)))
            around.enter_context(warnings.catch_warnings())
            around.enter_context(np.errstate())
            around.enter_context(np.printoptions())
            exec(compile(text, name, "exec"), {"__name__": "__main__", "__file__": name})  # noqa: S102
    except SystemExit as end:
        return {} if end.code in (None, 0) else _told(end, name, text)
    except BaseException as error:  # noqa: BLE001, whatever a reader raises
        return _told(error, name, text)
    finally:
        sys.path.remove(beside)
        _forget(set(sys.modules) - before)
    return {}


def _told(error: BaseException, name: str, text: str) -> dict:
    """What went wrong, as Python tells it; the frame that called the file is left out."""
    trace = error.__traceback__.tb_next
    shown = "".join(traceback.format_exception(type(error), error, trace))
    own = [frame.lineno for frame in traceback.extract_tb(trace) if frame.filename == name]
    line = own[-1] if own else getattr(error, "lineno", None)
    found = {"error": shown, "message": str(error), "assert": isinstance(error, AssertionError), "line": line}
    for section, (first, last) in sections(text).items():
        if line and first < line <= last:
            found |= {"section": section, "inside": line - first}
    slugs = [match.slug for match in kb.search(shown, 1)]
    return found | {"entry": {key: kb.entry(one)[key] for one in slugs for key in ("slug", "title")} or None}


def _forget(modules: set[str]) -> None:
    """Our modules, and those beside the snippet: the next run imports them again, as they are on disk."""
    for name in modules:
        file = getattr(sys.modules[name], "__file__", None) or ""
        if name.startswith("fourbit.") or "/snippets/" in file:
            del sys.modules[name]
            parent, _, child = name.rpartition(".")
            if parent in sys.modules:
                vars(sys.modules[parent]).pop(child, None)


class _Stream(io.TextIOBase):
    """Hands over at once what is printed."""

    def __init__(self, kind: str, write: Callable[[str, str], None]):
        self.kind, self._send = kind, write

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self._send(self.kind, text)
        return len(text)
