"""Prose: finds numbers that were typed by hand where a result or a citation belongs."""

import re
from collections.abc import Iterator

from fourbit.book.directives import DIRECTIVE
from fourbit.book.page import CODE_SPAN, MATH, Page, blank

UNITS = (
    r"[kMGT]i?B(?:/s)?",
    r"tok(?:ens)?/s",
    r"tokens per second",
    r"%",
    r"[x\u00d7]",
    r"ms",
    r"s",
    r"(?:milli)?seconds?",
    r"minutes?",
    r"hours?",
    r"bpw",
    r"bits per weight",
    r"nats?",
    r"W",
)
AMOUNT = r"\d(?:[\d.,\u202f]*\d)?"
WITH_UNIT = rf"{AMOUNT}[ \u00a0\u202f-]?(?:{'|'.join(UNITS)})(?!\w)"
MEASURED = re.compile(rf"(?<![\w.])(?:{WITH_UNIT}|[Pp]erplexity (?:of |is |= ?)?{AMOUNT})")
TARGET = re.compile(r"(?<=\])\([^)\n]*\)")
TAG = re.compile(r"<[^>\n]+>|\{[:#.][^}\n]*\}")
UNIT_START = re.compile(r"^\s*(?:[|>#]|[-*+] |\d+[.)] |!!!|\?\?\?)")
SENTENCE_END = re.compile(r"(?<=[.!?])[\s)\"']+(?=[A-Z*_])")


def _passages(page: Page) -> Iterator[tuple[int, str]]:
    """(first line, text) of each paragraph, heading, list item and table row; no code, math or quotations."""
    text = page.markup
    for pattern in (CODE_SPAN, MATH, TARGET, TAG):
        text = blank(pattern, text)
    first, passage = 0, []
    for number, line in enumerate([*text.split("\n"), ""], 1):
        if (not line.strip() or UNIT_START.match(line)) and passage:
            yield first, "\n".join(passage)
            passage = []
        if line.strip() and not line.lstrip().startswith(">"):
            first = first if passage else number
            passage.append(line)


def bare_numbers(page: Page) -> Iterator[tuple[int, str]]:
    """(line, number with unit) of each measured number that is no directive and not in a sentence with a source."""
    for first, passage in _passages(page):
        start = 0
        for end in [*(match.end() for match in SENTENCE_END.finditer(passage)), len(passage)]:
            sentence = passage[start:end]
            if "[[cite:" not in sentence:
                for match in MEASURED.finditer(blank(DIRECTIVE, sentence)):
                    line = first + passage.count("\n", 0, start) + sentence.count("\n", 0, match.start())
                    yield line, match[0]
            start = end
