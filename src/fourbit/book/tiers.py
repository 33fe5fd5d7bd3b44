"""Tiers: how far each shown block was verified, on the page and in total."""

from collections import Counter
from html import escape
from typing import TYPE_CHECKING

from fourbit.book import browser
from fourbit.book.page import Fence
from fourbit.book.snippets import TIERS, Snippet

if TYPE_CHECKING:
    from fourbit.book.contents import Contents, Place

WORDS = {"run": "Run", "recorded": "Recorded", "checked": "Checked", "shown": "Shown"}
MEANING = {
    "run": "executed by every test run",
    "recorded": "executed by hand on a named machine",
    "checked": "not executed; it parses, and the names and arguments it uses exist in the library it names",
    "shown": "neither executed nor checked",
}
CODE = ("python", "py", "bash", "sh", "shell", "console")


def _word(tier: str) -> str:
    return f'<span class="fb-tier" title="{MEANING[tier]}">{WORDS[tier]}</span>'


def _badge(snippet: Snippet) -> str:
    return f"{_word(snippet.tier)} <code>{escape(snippet.file)}</code>"


def _details(place: "Place", snippet: Snippet) -> list[str]:
    if snippet.tier != "recorded":
        return [snippet.reason] if snippet.reason else []
    result = place.contents.results.by_snippet.get(snippet.key)
    if result is None:
        return [snippet.reason, "not recorded yet"]
    facts = [snippet.reason, f"{result.provenance['date']} on {result.provenance['machine']['cpu']}"]
    return facts + ["the code has changed since"] * result.stale


def stamp(place: "Place", argument: str) -> str:
    """`[[stamp:03_gptq/x.py]]`, added under each code block: tier, file, why it is not run; no file: a sketch.

    `[[stamp:03_gptq/x.py run main]]`: the block shows section `main`, and a reader can run it in the page.
    """
    if not argument:
        return place.stash(f'<p class="fb-stamp fb-shown">{_word("shown")}: a sketch, not a program</p>')
    name, *run = argument.split()
    snippet = place.contents.snippet(name)
    details = _details(place, snippet) + browser.locally(snippet) * (not run)
    text = ": ".join(filter(None, [_badge(snippet), escape("; ".join(details))]))
    controls = browser.controls(snippet, run[1:]) if run else ""
    return place.stash(f'<p class="fb-stamp fb-{snippet.tier}">{text}</p>{controls}')


def proof(place: "Place", argument: str) -> str:
    """`[[proof:03_gptq/x.py]]`: tier and file, inside a sentence."""
    snippet = place.contents.snippet(argument)
    return place.stash(f'<span class="fb-proof fb-{snippet.tier}">{_badge(snippet)}</span>')


def tier(contents: "Contents", fence: Fence) -> str | None:
    """The tier of a code block, the weakest of what it includes; None for output and data."""
    if fence.language not in CODE:
        return None
    shown = [contents.snippet(name).tier for name, _ in fence.includes]
    return max(shown, key=TIERS.index, default="shown")


def tiers(place: "Place", argument: str) -> str:
    """`[[tiers]]`: number and share of code blocks per tier, for each chapter and in total."""
    contents = place.contents
    chapters = {one.page: f"{one.number}. {one.title}" for one in contents.chapters}
    counts: dict[str, Counter] = {name: Counter() for name in (*chapters.values(), "Other pages", "Total")}
    for page in contents.pages:
        found = Counter(one for one in (tier(contents, fence) for fence in page.fences) if one)
        counts[chapters.get(page.name, "Other pages")] += found
        counts["Total"] += found
    lines = [f"| Page | {' | '.join(WORDS[one] for one in TIERS)} |", "|---|" + "--:|" * len(TIERS)]
    for name, count in counts.items():
        if total := count.total():
            cells = (f"{count[one]} ({count[one] / total:.0%})" if count[one] else "0" for one in TIERS)
            lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)
