"""Quick answers: one page `docs/answers/<slug>.md` for a question that people type, one screen each.

The question is the title in the front matter, from which the theme makes the heading; the description is the answer
in a sentence. The list of them is generated.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fourbit.book.page import CODE_SPAN, Mistake, Page
from fourbit.book.problem import Problem

if TYPE_CHECKING:
    from fourbit.book.contents import Contents, Place

FOLDER = "docs/answers"
INDEX = f"{FOLDER}/index.md"
TOPICS = {  # in the order of the list
    "fit": "Will it run?",
    "files": "Which file?",
    "quality": "How much does it lose?",
    "quantizing": "Quantizing it yourself",
    "speed": "How fast is it?",
    "trouble": "When something is wrong",
}
FIELDS = ("title", "description", "topic")
WORDS = 170  # of prose on a page: one screen
SENTENCE = re.compile(r"[^.!?]*(?:[.!?](?! [A-Z])[^.!?]*)*[.!?]")
LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]*)\)")
CHAPTER = re.compile(r"\]\(\.\./learn/\d\d-[\w-]+\.md")
EVIDENCE = ("r", "table", "cite", "proof")


@dataclass(frozen=True)
class Answer:
    """One question. title: the question;  description: the answer in a sentence;  topic: of TOPICS."""

    page: Page
    title: str
    description: str
    topic: str


def is_answer(page: Page) -> bool:
    return page.name.startswith(f"{FOLDER}/") and page.name != INDEX


def read_answer(page: Page) -> Answer:
    """The answer of a page; Mistake when its front matter is not as it must be."""
    import yaml  # with MkDocs and with transformers

    head = "\n".join(page.lines[1 : page.lines.index("---", 1)]) if page.text.startswith("---\n") else ""
    try:
        fields = yaml.safe_load(head)
    except yaml.YAMLError as error:
        raise Mistake("front matter in YAML", str(error).replace("\n", " "), "correct it") from None
    fields = fields if isinstance(fields, dict) else {}
    for name in FIELDS:
        if not isinstance(fields.get(name), str):
            raise Mistake(f"a field {name!r} in the front matter of {page.name}", "none", "add it")
    if fields["topic"] not in TOPICS:
        found = f"{fields['topic']!r} in {page.name}"
        raise Mistake(f"a topic of {', '.join(TOPICS)}", found, "take one of these")
    return Answer(page, *(fields[name] for name in FIELDS))


def find_answers(pages: list[Page]) -> list[Answer]:
    """All answers, by question within their topic."""
    found = [read_answer(page) for page in pages if is_answer(page)]
    order = list(TOPICS)
    return sorted(found, key=lambda one: (order.index(one.topic), one.title.casefold()))


def answers(place: "Place", argument: str) -> str:
    """`[[answers]]`: every question with its answer in a sentence, by topic."""
    lines, topic = [], None
    for one in find_answers(place.contents.pages):
        if one.topic != topic:
            topic = one.topic
            lines += ["", f"## {TOPICS[topic]} {{: #{topic} }}", ""]
        lines.append(f"- [{one.title}]({place.link(one.page.name)}) {one.description}")
    return "\n".join(lines)


def plain(markdown: str) -> str:
    """The words of a paragraph without links, emphasis and code marks, on one line."""
    text = LINK.sub(r"\1", markdown)
    text = CODE_SPAN.sub(lambda found: found[0].strip("`"), text)
    return " ".join(re.sub(r"\*+", "", text).split())


def check_answer(page: Page, contents: "Contents") -> Iterator[Problem]:
    """What keeps a page from being a quick answer."""
    if not is_answer(page):
        return
    try:
        one = read_answer(page)
    except Mistake as mistake:
        yield mistake.at(page.name, 1)
        return
    for expected, found, mend in _wrong(one):
        yield Problem(page.name, 1, expected, found, mend)


def _wrong(one: Answer) -> Iterator[tuple[str, str, str]]:
    """(expected, found, mend) of each rule that the page breaks."""
    from fourbit.book.directives import DIRECTIVE  # which knows this module

    text = one.page.markup
    first = next((part for part in re.split(r"\n\s*\n", text) if part.strip()), "")
    if not one.title.endswith("?"):
        yield "a question as the title", repr(one.title), "ask what people ask"
    if not SENTENCE.fullmatch(one.description) or not one.description.endswith("."):
        yield "one sentence as the description", repr(one.description), "answer in one, with its period"
    if not re.match(re.escape(one.description) + r"(?:\s|$)", plain(first)):
        mend = "begin the page with the sentence that is its description"
        yield "the description as the first sentence", repr(plain(first)[:80]), mend
    if re.search(r"^#{1,6} ", text, re.MULTILINE):
        yield "no heading", "one", "the title is the heading; leave the others out"
    if "[[" in DIRECTIVE.sub("", CODE_SPAN.sub("", text)):
        yield "directives on one line each", "one that is not closed", "join its lines"
    words = len(DIRECTIVE.sub("number", LINK.sub(r"\1", text)).split())
    if words > WORDS:
        yield f"at most {WORDS} words", str(words), "shorten it; the rest belongs into the chapter"
    if not CHAPTER.search(text):
        yield "a link to a chapter", "none", "link where it is explained"
    if not any(fence.language in ("bash", "sh") for fence in one.page.fences):
        yield "a block with a command", "none", "show what to run"
    if not any(match["name"] in EVIDENCE for match in DIRECTIVE.finditer(text)):
        yield "a number with its source", "none", "show a result with [[r:key]], or cite with [[cite:id]]"
