"""Links: relative paths between files under `docs/`, and the anchors of their headings."""

import posixpath
import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from fourbit.book.contents import Contents, Place
from fourbit.book.directives import expand
from fourbit.book.headings import find_headings
from fourbit.book.page import CODE_SPAN, Page, blank
from fourbit.book.problem import Problem

LINK = re.compile(r"\]\(\s*<?(?P<target>[^\s)>]+)>?[^)\n]*\)")
REFERENCE = re.compile(r"^ {0,3}\[[^\]^]+\]:\s+<?(?P<target>[^\s>]+)", re.MULTILINE)
HREF = re.compile(r"<(?:a|img)\b[^>]*?\b(?:href|src)=[\"'](?P<target>[^\"']+)[\"']")
IDENTIFIER = re.compile(r"\bid=[\"']?([\w-]+)|\{:?[^}\n]*#([\w-]+)[^}\n]*\}")


def anchors(page: Page, contents: Contents) -> set[str]:
    """The ids that links may point to: of headings, as Python-Markdown makes them, and explicit ones."""
    place = Place(contents, page.name, stash=lambda html: re.sub(r"<[^>]+>", "", html))
    text = expand(page.markup, place, complain=lambda mistake, match: None)
    explicit = {first or second for first, second in IDENTIFIER.findall(blank(CODE_SPAN, text))}
    return {heading.id for heading in find_headings(text)} | explicit


def targets(page: Page) -> Iterator[tuple[int, str]]:
    """(line, target) of each link and image."""
    text = blank(CODE_SPAN, page.markup)
    for pattern in (LINK, REFERENCE, HREF):
        for match in pattern.finditer(text):
            yield text.count("\n", 0, match.start()) + 1, match["target"]


def check_links(page: Page, contents: Contents) -> Iterator[Problem]:
    """A Problem for each relative link to a file or heading that does not exist."""
    pages = {one.name: one for one in contents.pages}
    for line, target in targets(page):
        url = urlsplit(target)
        if url.scheme or url.netloc:
            continue
        path = unquote(url.path)
        name = posixpath.normpath(posixpath.join(posixpath.dirname(page.name), path)) if path else page.name
        if path.startswith("/") or not name.startswith("docs/"):
            yield Problem(
                page.name, line, "a relative link that stays under docs/", target, "correct the path"
            )
        elif not (contents.root / name).is_file():
            found = f"{target}, and {name} does not exist"
            yield Problem(page.name, line, "a link to an existing file", found, "correct the path")
        elif url.fragment and name in pages and url.fragment not in (known := anchors(pages[name], contents)):
            found = f"#{url.fragment}; {name} has {', '.join(f'#{one}' for one in sorted(known)) or 'none'}"
            yield Problem(page.name, line, "a link to an existing heading", found, "correct the anchor")
