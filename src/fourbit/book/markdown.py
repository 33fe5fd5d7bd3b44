"""The Python-Markdown extension that ties pages to snippets, results and sources.

Two preprocessors do most of the work. The first fills fenced blocks and runs before pymdownx.snippets (priority 32).
The second expands directives; it runs when superfences (25) has put all fenced code out of reach, and before raw
HTML (20) and tables are parsed. A treeprocessor then explains terms where they first occur; it runs after inline
markup (20) and attributes (8).
"""

from pathlib import Path

from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor

from fourbit.book import browser, find_root, quiz
from fourbit.book.contents import Contents, Place
from fourbit.book.directives import expand
from fourbit.book.fences import fill
from fourbit.book.glossary import without_definitions
from fourbit.book.images import ImageStep
from fourbit.book.page import Mistake
from fourbit.book.tooltips import TermStep
from fourbit.errors import UserError


def _page(md: Markdown) -> str | None:
    """The page being rendered, as far as the builder tells; each has a step of its own that knows."""
    if "relpath" in md.treeprocessors:  # MkDocs
        return f"docs/{md.treeprocessors['relpath'].file.src_uri}"
    if "rendering_context" in md.preprocessors:  # Zensical
        return f"docs/{md.preprocessors['rendering_context'].page.path}"
    return None


class _Step(Preprocessor):
    def __init__(self, md: Markdown, contents: Contents):
        super().__init__(md)
        self.contents = contents

    def complain(self, mistake: Mistake, culprit: str) -> None:
        name = _page(self.md)
        text = next((page.text for page in self.contents.pages if page.name == name), "")
        start = text.find(culprit)
        if start < 0:
            raise UserError(f"{name or 'a page'}: {culprit}: {mistake}")
        raise UserError(str(mistake.at(name, text.count("\n", 0, start) + 1)))


class FenceStep(_Step):
    def run(self, lines: list[str]) -> list[str]:
        return fill(lines, self.contents, self.complain)


class DirectiveStep(_Step):
    def run(self, lines: list[str]) -> list[str]:
        place = Place(self.contents, _page(self.md), self.md.htmlStash.store)
        text, asks = quiz.fill(without_definitions("\n".join(lines)), self.complain)
        if asks:
            text = f"{place.stash(place.loads('quiz.css', 'quiz.js'))}\n\n{text}"
        if browser.RUNS.search(text):
            text = f"{place.stash(place.loads('run.css', 'run.js'))}\n\n{text}"
        return expand(text, place, lambda mistake, match: self.complain(mistake, match[0])).split("\n")


class BookExtension(Extension):
    def __init__(self, **kwargs):
        self.config = {"root": ["", "The repository's folder; empty: found from the current folder"]}
        super().__init__(**kwargs)

    def extendMarkdown(self, md: Markdown) -> None:
        root = self.getConfig("root")
        contents = Contents(Path(root).resolve() if root else find_root())
        md.preprocessors.register(FenceStep(md, contents), "fourbit_fences", 33)
        md.preprocessors.register(DirectiveStep(md, contents), "fourbit_directives", 22)
        md.treeprocessors.register(TermStep(md, contents, _page), "fourbit_terms", 6)
        md.treeprocessors.register(ImageStep(md, contents.root, _page), "fourbit_images", 7)


def makeExtension(**kwargs) -> BookExtension:  # the name Python-Markdown looks for
    return BookExtension(**kwargs)
