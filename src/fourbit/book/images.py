"""Pictures get their size, so that the text below does not move when they arrive, and load when they come near."""

import re
import struct
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.treeprocessors import Treeprocessor

ROOT = re.compile(r"<svg\b[^>]*>")
BOX = re.compile(r'\bviewBox="[\d.eE+-]+[ ,]+[\d.eE+-]+[ ,]+([\d.]+)[ ,]+([\d.]+)"')


class ImageStep(Treeprocessor):
    def __init__(self, md: Markdown, root: Path, page: Callable[[Markdown], str | None]):
        super().__init__(md)
        self.root = root
        self.page = page

    def run(self, root: Element) -> None:
        name = self.page(self.md)
        if not name:
            return
        for image in root.iter("img"):
            address = urlsplit(image.get("src", ""))
            path = (self.root / name).parent / unquote(address.path)
            found = None if address.scheme or address.netloc else size(path)
            if found and not image.get("width"):
                image.set("width", str(found[0]))
                image.set("height", str(found[1]))
            image.set("loading", "lazy")


def size(path: Path) -> tuple[int, int] | None:
    """(width, height) of an SVG or PNG file in pixels; None for what is neither or does not exist."""
    if not path.is_file():
        return None
    if path.suffix == ".png":
        return struct.unpack(">II", path.read_bytes()[16:24])
    if path.suffix == ".svg":
        root = ROOT.search(path.read_text(encoding="utf-8"))
        box = root and BOX.search(root[0])
        return (round(float(box[1])), round(float(box[2]))) if box else None
    return None
