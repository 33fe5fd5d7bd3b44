"""Numbers: results shown in prose and in tables."""

import difflib
import re
from html import escape
from typing import TYPE_CHECKING, Any

from fourbit.book.page import Mistake
from fourbit.book.results import Result

if TYPE_CHECKING:
    from fourbit.book.contents import Place

UNITS = {"kB": 1e3, "MB": 1e6, "GB": 1e9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
UNIT = re.compile(rf"({'|'.join(UNITS)})(?:\.(\d))?")
COLUMN = re.compile(r"(?P<header>[^=]*)=(?P<field>\w+)(?::(?P<format>.+))?")
MISSING = "—"


def format_value(value: Any, format: str) -> str:
    """A value as text; `format` is a Python format spec or a unit of bytes such as `MB.1`."""
    unit = UNIT.fullmatch(format)
    try:
        if unit:
            return f"{value / UNITS[unit[1]]:,.{unit[2] or 0}f}\N{NO-BREAK SPACE}{unit[1]}"
        return f"{value:{format}}"
    except (ValueError, TypeError) as error:
        units = ", ".join(UNITS)
        raise Mistake(
            f"a format for {value!r}", f"{format!r} ({error})", f"use a Python format spec or one of {units}"
        ) from None


def find(place: "Place", key: str, table: bool = False) -> Result:
    """The result under `key`; Mistake with the nearest known keys when there is none."""
    results = place.contents.results
    try:
        return results[key]
    except KeyError:
        known = results.keys()
        if table:
            known = sorted(
                {re.split(r"\.\d+(?:\.|$)", one)[0] for one in known if re.search(r"\.\d+(?:\.|$)", one)}
            )
        near = ", ".join(difflib.get_close_matches(key, known, 3, 0.4)) or "none"
        mend = f"correct the key or run: fourbit check {key.split('.')[0]} --update"
        raise Mistake("the key of a result", f"{key!r} (nearest: {near})", mend) from None


def number(place: "Place", argument: str) -> str:
    """`[[r:key|format]]`: one number, with its origin as the title."""
    key, _, format = argument.partition("|")
    result = find(place, key)
    if isinstance(result.value, (dict, list)):
        raise Mistake("the key of one number", f"{key!r}, which holds several", "append a field to the key")
    text = escape(format_value(result.value, format))
    return place.stash(f'<span class="fb-number" title="{escape(result.origin)}">{text}</span>')


def _numeric(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def table(place: "Place", argument: str) -> str:
    """`[[table:key|Header=field:format|...]]`: a list of results as a Markdown table."""
    key, *columns = argument.split("|")
    result = find(place, key, table=True)
    rows = result.value
    if not (isinstance(rows, list) and rows and all(isinstance(row, dict) for row in rows)):
        raise Mistake("the key of a list of rows", repr(key), "use [[r:key]] for one number")
    if not columns:
        raise Mistake("columns, as in |Header=field:format", "none", f"choose from {', '.join(rows[0])}")
    cells, rule = [[] for _ in range(len(rows) + 1)], []
    for column in columns:
        match = COLUMN.fullmatch(column)
        if not match or not any(match["field"] in row for row in rows):
            mend = f"write Header=field:format with a field of {', '.join(rows[0])}"
            raise Mistake(f"a column of {key}", repr(column), mend)
        values = [row.get(match["field"]) for row in rows]
        shown = [value for value in values if value is not None]
        rule.append("--:" if all(map(_numeric, shown)) else "---")
        cells[0].append(match["header"].strip())
        for line, value in zip(cells[1:], values, strict=True):
            text = MISSING if value is None else format_value(value, match["format"] or "")
            line.append(text.replace("|", r"\|"))
    lines = [cells[0], rule, *cells[1:]]
    origin = result.origin[0].upper() + result.origin[1:]
    body = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"{body}\n\n" + place.stash(f'<p class="fb-origin">{escape(origin)}</p>')
