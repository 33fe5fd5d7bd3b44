"""Self-tests: questions written beside the chapter, readable without JavaScript, asked by quiz.js.

A question is a block `!!! quiz "Why ...?"` that holds, indented, one of three forms. Choice, with a reason for each option:

    - [ ] an option
        > why it is wrong
    - [x] another
        > why it is right

Order, with the steps as they belong; the page shows them shuffled:

    1. first step
    2. second step

    > why this order

Number, bound to a result so that it cannot go stale:

    = [[r:01_memory_wall.ceiling.rows.4.m3_pro|.1f]] tokens/s, give or take 1/10

    > how it is computed
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from markdown.extensions.toc import slugify

from fourbit.book.numbers import number
from fourbit.book.page import Mistake, Page
from fourbit.book.problem import Problem

if TYPE_CHECKING:
    from fourbit.book.contents import Contents, Place

HEAD = re.compile(r'^!!! quiz "(?P<question>.+)"\s*$')
OPTION = re.compile(r"^- \[(?P<mark>[ x])\] (?P<text>.+)$")
STEP = re.compile(r"^\d+\. (?P<text>.+)$")
VALUE = re.compile(r"^= \[\[r:(?P<key>[^\]]+)\]\] ?(?P<unit>[^,]*), give or take 1/(?P<part>[1-9]\d*)$")
REASON = re.compile(r"^\s*> ?(?P<text>.*)$")
LEAST = 5  # questions in a chapter
KINDS = "options `- [ ]`, steps `1.` or a value `= [[r:key|format]] unit, give or take 1/10`"


@dataclass(frozen=True)
class Quiz:
    line: int
    question: str
    kind: str  # choice, order or number
    items: tuple[str, ...]  # options, steps, or the line of the value
    reasons: tuple[str, ...]  # of each option; else one
    right: tuple[int, ...] = ()  # places of the right options

    @property
    def id(self) -> str:
        return "quiz-" + slugify(re.sub(r"\\\(.*?\\\)|\[\[.*?\]\]", "", self.question), "-")[:60].strip("-")


def parse(line: int, question: str, body: list[str]) -> Quiz:
    """The question of a block; Mistake when it has none of the three forms."""
    items, reasons, marks, kinds, last = [], [], [], set(), None
    for text in filter(str.strip, body):
        patterns = {"choice": OPTION, "order": STEP, "number": VALUE}
        kind, match = next(
            ((kind, m) for kind, one in patterns.items() if (m := one.match(text))), (None, None)
        )
        if match:
            kinds.add(kind)
            items.append(text if kind == "number" else match["text"])
            marks.append(match.groupdict().get("mark"))
            reasons.append("")
            last = items
        elif (match := REASON.match(text)) and items:
            reasons[-1] = f"{reasons[-1]} {match['text']}".strip()
            last = reasons
        elif last:
            last[-1] += f" {text.strip()}"
        else:
            raise Mistake(KINDS, repr(text), "begin with one of them")
    if len(kinds) != 1:
        raise Mistake(f"one of: {KINDS}", " and ".join(sorted(kinds)) or "none of them", "keep to one form")
    kind = kinds.pop()
    if kind != "choice":
        reasons = reasons[-1:]
    right = tuple(place for place, mark in enumerate(marks) if mark == "x")
    return Quiz(line, question, kind, tuple(items), tuple(reasons), right)


def find(lines: list[str]) -> Iterator[tuple[int, int, Callable[[], Quiz]]]:
    """(first line, line behind it, what parses it) of each block; lines are counted from 0."""
    for first, line in enumerate(lines):
        head = HEAD.match(line)
        if head:
            end = first + 1
            while end < len(lines) and (not lines[end].strip() or lines[end].startswith("    ")):
                end += 1
            while not lines[end - 1].strip():
                end -= 1
            body = [one[4:] for one in lines[first + 1 : end]]
            yield (
                first,
                end,
                lambda first=first, head=head, body=body: parse(first + 1, head["question"], body),
            )


def fill(text: str, complain: Callable[[Mistake, str], None]) -> tuple[str, bool]:
    """`text` with its questions as HTML that md_in_html reads, and whether it has any."""
    lines = text.split("\n")
    found = list(find(lines))
    for place, (first, end, read) in reversed(list(enumerate(found, 1))):
        try:
            lines[first:end] = show(read(), place, len(found))
        except Mistake as mistake:
            complain(mistake, lines[first])
    return "\n".join(lines), bool(found)


def show(quiz: Quiz, place: int, of: int) -> list[str]:
    """A question as lines of HTML whose text is still Markdown."""
    count = f'<span class="fb-quiz-count">{place} of {of}</span>'
    head = [
        f'<div class="fb-quiz" id="{quiz.id}" data-kind="{quiz.kind}" markdown="1">',
        f'<p class="fb-quiz-question" markdown="span">{count} {quiz.question}</p>',
    ]
    asked, answer = {"choice": _choice, "order": _order, "number": _number}[quiz.kind](quiz)
    controls = '<div class="fb-quiz-controls"></div>'
    opened = '<details class="fb-quiz-answer" markdown="1"><summary>Answer</summary>'
    return ["", *head, *asked, controls, opened, *answer, "</details>", "</div>", ""]


def _list(name: str, texts: list[str], attributes: list[str]) -> list[str]:
    pairs = zip(texts, attributes, strict=True)
    items = [f'<li{more} markdown="span">{text}</li>' for text, more in pairs]
    return [f'<ol class="{name}" markdown="1">', *items, "</ol>"]


def _choice(quiz: Quiz) -> tuple[list[str], list[str]]:
    right = [place in quiz.right for place in range(len(quiz.items))]
    reasons = [
        f"**{'Right' if yes else 'No'}.** {reason}" for yes, reason in zip(right, quiz.reasons, strict=True)
    ]
    asked = _list("fb-quiz-options", list(quiz.items), [""] * len(right))
    return asked, _list(
        "fb-quiz-reasons", reasons, [' class="fb-quiz-right"' if yes else "" for yes in right]
    )


def _order(quiz: Quiz) -> tuple[list[str], list[str]]:
    steps = list(enumerate(quiz.items, 1))
    mixed = sorted(steps, key=lambda step: hashlib.sha256(f"{quiz.id}{step[1]}".encode()).digest())
    if mixed == steps:
        mixed = mixed[1:] + mixed[:1]
    asked = _list("fb-quiz-steps", [text for _, text in mixed], [f' data-step="{step}"' for step, _ in mixed])
    reason = [f'<p class="fb-quiz-why" markdown="span">{quiz.reasons[0]}</p>']
    return asked, _list("fb-quiz-reasons", list(quiz.items), [""] * len(steps)) + reason


def _number(quiz: Quiz) -> tuple[list[str], list[str]]:
    value = VALUE.match(quiz.items[0])
    unit = escape(value["unit"])
    asked = [f'<p class="fb-quiz-number" data-part="{value["part"]}" data-unit="{unit}"></p>']
    given = f"**[[r:{value['key']}]] {value['unit']}**, give or take 1/{value['part']}."
    reason = [f'<p class="fb-quiz-why" markdown="span">{quiz.reasons[0]}</p>']
    return asked, [f'<p class="fb-quiz-value" markdown="span">{given}</p>', *reason]


def check_quizzes(page: Page, contents: "Contents") -> Iterator[Problem]:
    """What is wrong with the questions of a page."""
    found: list[Quiz] = []
    for first, _, read in find(page.markup.split("\n")):
        try:
            found.append(read())
        except Mistake as mistake:
            yield mistake.at(page.name, first + 1)
    for name, times in Counter(quiz.id for quiz in found).items():
        if times > 1:
            line = next(quiz.line for quiz in found if quiz.id == name)
            yield Problem(
                page.name, line, "questions that differ", f"{name} twice", "reword one: its words name it"
            )
    for quiz in found:
        yield from (_at(page, quiz, *one) for one in _faults(quiz, page, contents))
    chapter = next((one for one in contents.chapters if one.page == page.name), None)
    if chapter and len(found) < LEAST:
        mend = 'add blocks `!!! quiz "Why ...?"` to its self-test'
        yield Problem(page.name, 1, f"{LEAST} or more questions", f"{len(found)}", mend)
    yield from _unbalanced(page, [quiz for quiz in found if quiz.kind == "choice" and len(quiz.right) == 1])


def _at(page: Page, quiz: Quiz, expected: str, found: str, mend: str) -> Problem:
    return Problem(page.name, quiz.line, expected, found, mend)


def _faults(quiz: Quiz, page: Page, contents: "Contents") -> Iterator[tuple[str, str, str]]:
    if quiz.kind == "choice" and len(quiz.right) != 1:
        yield "one right option, `- [x]`", str(len(quiz.right)), "mark exactly one"
    if quiz.kind != "number" and len(quiz.items) < 3:
        yield "three or more options or steps", str(len(quiz.items)), "add what a reader could believe"
    if len(set(quiz.items)) < len(quiz.items):
        yield "options or steps that differ", "two alike", "reword one"
    missing = sum(not reason for reason in quiz.reasons)
    if missing:
        yield "a reason, `> ...`, for each option, or for the answer", f"{missing} missing", "say why"
    if quiz.kind == "number":
        try:
            shown = re.sub(r"<[^>]+>", "", number(_place(page, contents), VALUE.match(quiz.items[0])["key"]))
            float(shown.replace(",", ""))
        except Mistake as mistake:
            yield mistake.parts
        except ValueError:
            yield "a plain number", repr(shown), "put the unit behind the directive, not in its format"


def _place(page: Page, contents: "Contents") -> "Place":
    from fourbit.book.contents import Place  # it imports the glossary and the results, not this module

    return Place(contents, page.name, stash=str)


def _unbalanced(page: Page, quizzes: list[Quiz]) -> Iterator[Problem]:
    """A right option must be given away neither by its length nor by its place."""
    if len(quizzes) < 3:
        return
    most = len(quizzes) // 2
    longest = sum(
        max(range(len(one.items)), key=lambda n: len(one.items[n])) == one.right[0] for one in quizzes
    )
    if longest > most:
        found, mend = f"{longest} of {len(quizzes)}", "lengthen a wrong option, or shorten a right one"
        yield Problem(page.name, quizzes[0].line, f"the right option longest in {most} at most", found, mend)
    place, times = Counter(one.right[0] for one in quizzes).most_common(1)[0]
    if times > most:
        found = f"{times} of {len(quizzes)} in place {place + 1}"
        yield Problem(page.name, quizzes[0].line, "right options in different places", found, "move some")
