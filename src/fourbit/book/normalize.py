"""Compare two outputs of a snippet: hide what differs between machines, compare what is left."""

import difflib
import math
import re
import tempfile
from pathlib import Path

from fourbit.book.server import TEMPORARY

CLOCK = r"(ns|µs|us|ms|s|min|seconds|minutes)"
# What no two runs share. Numbers are left alone, except times that say they were taken with a clock.
RULES = [
    (re.compile(r"\x1b\[[0-9;]*[A-Za-z]"), ""),  # colors and cursor moves
    (re.compile(r"\r\n"), "\n"),
    (re.compile(r"^[^\n]*\r(?=[^\n])", re.MULTILINE), ""),  # a progress line, drawn over
    (re.compile(r"/[^\s'\":]*/lib/python3\.\d+/"), "python3/"),  # any installation's library
    (re.compile(r"\bat 0x[0-9a-fA-F]{6,16}\b"), "at 0x…"),  # object addresses; other hexadecimal stays
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d:?\d\d)?"), "YYYY-MM-DD hh:mm"),
    (re.compile(rf"\b(in|after|took|elapsed:?|time:)( +)\d+(\.\d+)? ?{CLOCK}\b"), r"\1\2… \4"),
    (re.compile(r"\b(pid[ =:]+)\d+\b", re.IGNORECASE), r"\1…"),
    (re.compile(r"[ \t\r]+$", re.MULTILINE), ""),
]
LONG = re.compile(r"(?<![\w.])-?\d+\.\d{8,}(?:[eE][-+]?\d+)?\b")  # digits that belong to one processor
DECIMAL = re.compile(r"(?<![\w.])-?(?:\d+\.\d+(?:[eE][-+]?\d+)?|\d+[eE][-+]\d{2,3})(?!\d|\.\d)")
SVG_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
SVG_WORDS = re.compile(r">([^<>]+)(?=<)|<!--(.*?)-->")  # also of the comment beside text drawn as curves
SVG_ID = re.compile(r"\b[a-z][0-9a-f]{10}\b")  # Matplotlib hashes coordinates into the names of its shapes
SVG_TOLERANCE = 0.02  # points: less than a reader's screen can show


def normalize(text: str, root: Path) -> str:
    """Output as it is recorded and shown: paths, addresses and times hidden, one newline at the end."""
    for folder, name in ((root, "."), (Path(tempfile.gettempdir()), "/tmp"), (Path.home(), "~")):
        if folder != Path(folder.anchor):  # some containers have / for a home
            text = re.sub(rf"(?<![\w.~-]){re.escape(str(folder))}(?![\w.-])", name, text)
    text = re.sub(rf"/tmp/{TEMPORARY}[a-z0-9_]{{8}}\b", "/tmp", text)  # a snippet's own folder
    text = re.sub(r"/tmp/tmp[a-z0-9_]{8}\b", "/tmp/tmpdir", text)
    for pattern, replacement in RULES:
        text = pattern.sub(replacement, text)
    text = LONG.sub(lambda number: f"{float(number[0]):.6g}", text)
    text = text.strip("\n")
    return text + "\n" if text else ""


def compare(expected: str, got: str, tolerance: float = 0.0) -> str | None:
    """None when outputs agree, else a short diff.

    Numbers with a decimal point or an exponent may differ by `tolerance`, relative; integers and words may
    not. With a tolerance, runs of spaces count as one, since a column widens with its numbers.
    """
    old, new = expected.splitlines(), got.splitlines()
    if tolerance and len(old) == len(new):
        new = [a if _close(a, b, DECIMAL, relative=tolerance) else b for a, b in zip(old, new, strict=True)]
    return _diff(old, new)


def compare_svg(expected: str, got: str) -> str | None:
    """None when two pictures look the same: coordinates within SVG_TOLERANCE points, all else equal."""
    old, new = (SVG_ID.sub("id", text).splitlines() for text in (expected, got))
    if len(old) == len(new) and SVG_WORDS.findall(expected) == SVG_WORDS.findall(got):
        new = [
            a if _close(a, b, SVG_NUMBER, absolute=SVG_TOLERANCE) else b
            for a, b in zip(old, new, strict=True)
        ]
    return _diff(old, new)


def _close(a: str, b: str, number: re.Pattern, relative: float = 0.0, absolute: float = 0.0) -> bool:
    if number.sub("#", a).split() != number.sub("#", b).split():
        return False
    pairs = zip(map(float, number.findall(a)), map(float, number.findall(b)), strict=True)
    return all(math.isclose(x, y, rel_tol=relative, abs_tol=absolute) for x, y in pairs)


def _diff(old: list[str], new: list[str], most: int = 20) -> str | None:
    if old == new:
        return None
    lines = list(difflib.unified_diff(old, new, lineterm="", n=1))[2:]
    cut = [f"... {len(lines) - most} more lines"] if len(lines) > most else []
    return "\n".join([line[:160] for line in lines[:most]] + cut)
