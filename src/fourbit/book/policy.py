"""A Content-Security-Policy for a built site: `python -m fourbit.book.policy site` prints the header.

It allows what the pages hold and nothing else: no other host, no script or style sheet that is not in a file, except the
few that the theme writes into each page, by their hash. https://www.w3.org/TR/CSP3/
"""

import base64
import hashlib
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from fourbit.errors import UserError

INLINE = re.compile(r"<(script|style)\b([^>]*)>(.*?)</\1>", re.DOTALL)
DATA = re.compile(r"\bsrc=|application/(?:ld\+)?json")


def header(folder: Path) -> str:
    """The value of the header for the pages in a folder. UserError when there are none."""
    pages = sorted(folder.rglob("*.html"))
    if not pages:
        raise UserError(f"{folder}: no pages; build the site first: make build")
    scripts, styles = inline_hashes(page.read_text(encoding="utf-8") for page in pages)
    rules = {
        "default-src": ["'none'"],
        "script-src": [
            "'self'",
            "'wasm-unsafe-eval'",
            *scripts,
        ],  # WebAssembly: Python and llama.cpp in the page
        "style-src": ["'self'", *styles],
        "style-src-attr": ["'unsafe-inline'"],  # alignment in tables, positions in formulas
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "worker-src": ["'self'", "blob:"],  # llama.cpp's worker is made from a string
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
    return "; ".join(" ".join([name, *values]) for name, values in rules.items())


def inline_hashes(pages: Iterable[str]) -> tuple[list[str], list[str]]:
    """Sources that allow the scripts, and the style sheets, that stand in pages."""
    found: dict[str, set[str]] = {"script": set(), "style": set()}
    for html in pages:
        for tag, attributes, text in INLINE.findall(html):
            if not DATA.search(attributes):
                found[tag].add(base64.b64encode(hashlib.sha256(text.encode()).digest()).decode())
    return tuple([f"'sha256-{one}'" for one in sorted(found[tag])] for tag in ("script", "style"))


if __name__ == "__main__":
    try:
        print(f"Content-Security-Policy: {header(Path(sys.argv[1] if len(sys.argv) > 1 else 'site'))}")
    except UserError as error:
        sys.exit(f"error: {error}")
