"""What other programs read of the site: docs/feed.xml, the changes (RSS 2.0), and docs/llms.txt, its pages in one list."""

import os
import re
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from itertools import groupby
from pathlib import Path
from xml.etree import ElementTree

from markdown import markdown

from fourbit.book.page import Page, read_pages
from fourbit.errors import UserError

CHANGES = "docs/changelog.md"
SECTION = re.compile(r"^## (\d{4}-\d\d-\d\d): (.+)\n([\s\S]*?)(?=^## |\Z)", re.MULTILINE)
LINK = re.compile(r"\]\((?![a-z]+:|#)([^)#]+?)(?:\.md|\.ipynb)(#[^)]*)?\)")
GROUPS = {"learn": "Course", "tools": "Tools", "answers": "Quick answers", "errors": "Errors"}
SUMMARY = (
    "Run language models on your own hardware: a course on quantization whose code is run by tests and whose numbers are "
    "computed, with a knowledge base of errors."
)


def build(root: Path) -> None:
    """Write both, where they changed. Addresses are absolute when SITE_URL is set, as a feed wants them."""
    base = os.environ.get("SITE_URL", "")
    pages = read_pages(root)
    _write(root / "docs" / "feed.xml", feed(next(page for page in pages if page.name == CHANGES), base))
    _write(root / "docs" / "llms.txt", overview(pages, base))


def _write(path: Path, text: str) -> None:
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def address(name: str) -> str:
    """Of a page, from the root of the site: docs/learn/index.md is learn/."""
    path = Path(name).relative_to("docs").with_suffix("").as_posix()
    return "" if path == "index" else path.removesuffix("index") if path.endswith("/index") else f"{path}/"


def changes(page: Page) -> list[tuple[date, str, str]]:
    """(day, title, Markdown) of each section of the changelog. UserError when one has no day or they are out of order."""
    found = [(date.fromisoformat(day), title, text) for day, title, text in SECTION.findall(page.text)]
    headings = len(re.findall(r"^## ", page.markup, re.MULTILINE))
    if headings != len(found) or not found:
        raise UserError(f"{page.name}: each section starts with a day, as in `## 2026-01-31: Chapter 2`")
    days = [day for day, _, _ in found]
    if days != sorted(days, reverse=True):
        raise UserError(f"{page.name}: the newest section goes first")
    return found


def feed(page: Page, base: str) -> str:
    """The changelog as RSS."""
    rss = ElementTree.Element("rss", version="2.0")
    channel = ElementTree.SubElement(rss, "channel")
    found = changes(page)
    here = base + address(page.name)
    for tag, text in (
        ("title", "fourbit: changes"),
        ("link", here),
        ("description", SUMMARY),
        ("lastBuildDate", _moment(found[0][0])),
    ):
        ElementTree.SubElement(channel, tag).text = text
    for day, title, text in found:
        item = ElementTree.SubElement(channel, "item")
        html = markdown(LINK.sub(lambda m: f"]({base}{address(f'docs/{m[1]}.md')}{m[2] or ''})", text))
        for tag, value in (
            ("title", title),
            ("link", here),
            ("pubDate", _moment(day)),
            ("description", html),
        ):
            ElementTree.SubElement(item, tag).text = value
        ElementTree.SubElement(item, "guid", isPermaLink="false").text = f"fourbit {day} {title}"
    ElementTree.indent(rss)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(rss, encoding="unicode") + "\n"


def _moment(day: date) -> str:
    return format_datetime(datetime.combine(day, time(), UTC))


def overview(pages: list[Page], base: str) -> str:
    """llms.txt (llmstxt.org): every page with its sentence, by part of the site."""
    parts = [f"# fourbit\n\n> {SUMMARY}\n"]
    order = list(GROUPS)
    places = [(_group(page.name), page) for page in pages if page.name != "docs/index.md"]
    places.sort(key=lambda one: (order.index(one[0]) if one[0] in order else len(order), one[1].name))
    for group, found in groupby(places, key=lambda one: one[0]):
        parts.append(f"## {GROUPS.get(group, 'About')}\n")
        for _, page in found:
            text = page.front_matter.get("description", "").strip("\"'")
            parts.append(f"- [{page.title}]({base}{address(page.name)}): {text}")
        parts.append("")
    return "\n".join(parts)


def _group(name: str) -> str:
    parent = Path(name).parent.name
    return parent if parent in GROUPS else ""
