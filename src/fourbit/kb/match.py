"""Find the entry that a pasted message belongs to. docs/assets/js/errors.js does the same; keep the two alike.

A message is reduced to its words: paths, addresses, numbers, versions, quotes and colors go. The words of an entry's
pattern are then aligned with those of the paste, in order: a word that is there adds its weight, a word of the paste
that lies between costs a little. A rare word weighs 1, a word that any traceback has a quarter.
"""

import re
from dataclasses import dataclass, field

ANY = "…"  # in a pattern: whatever stands there
COLOR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
PATH = re.compile(
    r"(?:(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{1,15}://|(?<![A-Za-z0-9_])(?:[A-Za-z]:[\\/]|~?[\\/]|\.{1,2}[\\/]))"
    r"[^\s\"'`<>|,;()\[\]{}\u2018-\u201f\u00ab\u00bb\u2039\u203a]*"
)
WORD = re.compile(r"[A-Za-z0-9_]+")
LONGEST = 200_000  # characters of a paste that are read, from its end: errors stand there
NARROWEST = 60  # columns of a terminal
SKIP = 0.1  # cost of a word between two of the pattern
AROUND = 8  # words that may lie before and after those of the pattern
GAP = 24  # words that may stand for an ANY
REGIONS = 40  # places of one paste that are tried per pattern
ENOUGH = 4.0  # weight that settles it, however much of a long message is cut off


@dataclass(frozen=True)
class Match:
    """slug: of the entry; score: weight of the words found; words: those, in order."""

    slug: str
    score: float
    words: tuple[str, ...]


@dataclass
class _Path:
    """A way through pattern and paste: its score and the words found, last first."""

    score: float = 0.0
    last: int = -1  # index of the pattern's word found last
    before: "_Path | None" = field(default=None, repr=False)


def unwrap(text: str) -> str:
    """Undo the line breaks of a terminal: after lines that are all as long as the longest one."""
    lines = text.split("\n")
    width = max(map(len, lines))
    full = [len(line) == width for line in lines]
    if width < NARROWEST or sum(full) < 2:
        return text
    return "".join(line if cut else f"{line}\n" for line, cut in zip(lines, full, strict=True))


def words(text: str) -> list[str]:
    """Lower-case words of a message or log, in order, without what differs between machines."""
    text = PATH.sub(" ", unwrap(COLOR.sub("", text[-LONGEST:]).replace("\r", "")))
    found = (word.strip("_").lower() for word in WORD.findall(text))
    return [word for word in found if len(word) > 1 and not word[0].isdigit()]


def pattern(text: str) -> list[str]:
    """The words of a pattern, with ANY where it has one."""
    parts = [words(part) for part in text.split(ANY)]
    joined = [word for part in parts for word in (ANY, *part)]
    return joined[1:] if joined[-1] != ANY else joined[1:-1]


def contains(pattern: list[str], text: list[str]) -> bool:
    """Whether a text has every word of a pattern, side by side except where the pattern has ANY."""
    segments, start = " ".join(pattern).split(ANY), 0
    line = f" {' '.join(text)} "
    for segment in (one.strip() for one in segments):
        at = line.find(f" {segment} ", start) if segment else start
        if at < 0:
            return False
        start = at + len(segment) + bool(segment)
    return True


def needed(total: float) -> float:
    """The score from which a pattern of this total weight counts as found."""
    return min(ENOUGH, total * (0.9 if total < 2.5 else 0.7))


def find(index: dict, text: str, most: int = 3) -> list[Match]:
    """The entries that fit, best first: causes before what merely follows from them."""
    there = words(text)
    places: dict[str, list[int]] = {}
    for place, word in enumerate(there):
        places.setdefault(word, []).append(place)
    raw = text[-LONGEST:].lower()
    found = []
    for number, entry in enumerate(index["entries"]):
        if entry["where"] and not any(name in raw for name in entry["where"]):
            continue
        best = None
        for one in entry["patterns"]:
            got = _best(one, there, places, index["words"])
            if got and (best is None or got.score > best.score):
                best = Match(entry["slug"], got.score, got.words)
        if best:
            found.append((entry["general"], -best.score, number, best))
    return [match for *_, match in sorted(found, key=lambda one: one[:3])[:most]]


def _best(pattern: list[str], there: list[str], places: dict, weights: dict) -> Match | None:
    """The best alignment of one pattern with the paste; None when it is not found."""
    total = sum(weights[word] for word in pattern if word != ANY)
    need = needed(total)
    # A match holds at least one of these: without them the other words do not reach what is needed.
    anchors, rest = [], total
    for word in sorted({word for word in pattern if word != ANY}, key=lambda word: (-weights[word], word)):
        if rest < need:
            break
        anchors.append(word)
        rest -= weights[word] * pattern.count(word)
    best = None
    for start, stop in _regions(pattern, anchors, places):
        got = _align(pattern, there[start:stop], weights)
        if best is None or got.score > best.score:
            best = got
    if best is None or round(best.score, 6) < round(need, 6):
        return None
    found = []
    step = best
    while step and step.last >= 0:
        found.append(pattern[step.last])
        step = step.before
    return Match("", round(best.score, 3), tuple(reversed(found)))


def _regions(pattern: list[str], anchors: list[str], places: dict) -> list[tuple[int, int]]:
    """(start, stop) of the parts of the paste that the pattern may lie in; the last ones, when there are many."""
    spans = []
    for word in anchors:
        at = [index for index, one in enumerate(pattern) if one == word]
        before = _reach(pattern[: at[-1]])
        after = _reach(pattern[at[0] + 1 :])
        spans += [(max(0, place - before), place + 1 + after) for place in places.get(word, ())]
    merged: list[tuple[int, int]] = []
    for start, stop in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(stop, merged[-1][1])
        else:
            merged.append((start, stop))
    return merged[-REGIONS:]


def _reach(part: list[str]) -> int:
    return AROUND + len(part) + len(part) // 2 + GAP * part.count(ANY)


def _align(pattern: list[str], there: list[str], weights: dict) -> _Path:
    """The best-scoring path; it may start and end anywhere in both."""
    size, best = len(pattern), _Path()
    free = [index > 0 and pattern[index - 1] == ANY for index in range(size + 1)]
    # at[i]: the best path whose next word of the pattern is number i
    at = [_Path() for _ in range(size + 1)]
    for word in there:
        now = []
        for index in range(size + 1):
            stay = at[index]
            if stay.last >= 0 and not free[index]:
                score = stay.score - SKIP
                stay = _Path(score, stay.last, stay.before) if score > 0 else _Path()
            if index:
                step = now[index - 1]
                if step.score > stay.score:
                    stay = step
                if pattern[index - 1] == word:
                    before = at[index - 1]
                    score = before.score + weights[word]
                    if score > stay.score:
                        stay = _Path(score, index - 1, before if before.last >= 0 else None)
            now.append(stay)
        at = now
        if at[size].score > best.score:
            best = at[size]
    return best
