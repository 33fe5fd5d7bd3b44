"""Tooltips: the first use of each term on a page carries its definition, for pointer, keyboard and touch."""

import re
import xml.etree.ElementTree as etree

from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from fourbit.book.glossary import PAGE, Term, pattern_of

# Code, links, math, and what is a heading or a button itself.
SKIP = {"a", "abbr", "button", "code", "label", "math", "pre", "script", "style", "summary", "th"}
SKIP |= {f"h{level}" for level in range(1, 7)}
SKIP_CLASSES = {"arithmatex", "admonition-title", "fb-around", "fb-quiz"}


def tooltip(term: Term, text: str) -> etree.Element:
    element = etree.Element("abbr", {"class": "fb-term", "title": term.definition, "tabindex": "0"})
    element.text = AtomicString(text)
    return element


class TermStep(Treeprocessor):
    """Runs when inline markup has become elements; what is code or a link by then is left alone."""

    def __init__(self, md, contents, page_of):
        super().__init__(md)
        self.contents, self.page_of = contents, page_of

    def run(self, root: etree.Element) -> None:
        self.page = self.page_of(self.md)
        self.owners = {form: term for term in self.contents.terms for form in term.forms}
        if self.owners and self.page != PAGE:
            self.pattern, self.seen = pattern_of(frozenset(self.owners)), set()
            self._walk(root)

    def _walk(self, element: etree.Element) -> None:
        classes = (element.get("class") or "").split()
        if element.tag in SKIP or SKIP_CLASSES.intersection(classes):
            return
        children = list(element)
        element.text, added = self._mark(element.text)
        element[:0] = added
        for child in children:
            self._walk(child)
            child.tail, added = self._mark(child.tail)
            after = list(element).index(child) + 1
            element[after:after] = added

    def _mark(self, text: str | None) -> tuple[str | None, list[etree.Element]]:
        """`text` up to the first new term, and the elements that follow, each with the text behind it."""
        if not text or isinstance(text, AtomicString):
            return text, []
        first, done, added = text, 0, []
        for match in self.pattern.finditer(text):
            term = self.owners[re.sub(r"\s+", " ", match[0])]
            if term.name in self.seen or not term.means(self.page):
                continue
            self.seen.add(term.name)
            before = text[done : match.start()]
            if added:
                added[-1].tail = before
            else:
                first = before
            added.append(tooltip(term, match[0]))
            done = match.end()
        if added:
            added[-1].tail = text[done:]
        return first, added
