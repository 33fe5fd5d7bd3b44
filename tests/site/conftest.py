"""The built site, served on this machine, and windows to read it in."""

import functools
import http.server
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from fourbit.book import assets


@dataclass(frozen=True)
class Site:
    folder: Path
    address: str  # ends in a slash

    @property
    def pages(self) -> list[str]:
        """Addresses of all pages, relative to the site's."""
        files = sorted(self.folder.rglob("*.html"))
        return [file.relative_to(self.folder).as_posix().removesuffix("index.html") for file in files]

    @property
    def kinds(self) -> list[str]:
        """All pages, but of errors and answers, which are made alike, three stand for the rest."""
        rest = set()
        for part in ("errors/", "answers/"):
            rest |= {*[page for page in self.pages if page.startswith(part) and page != part][3:]}
        return [page for page in self.pages if page not in rest]

    def html(self, address: str) -> str:
        file = self.folder / address
        return (file / "index.html" if file.is_dir() else file).read_text(encoding="utf-8")


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(scope="session")
def site(root, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    start = time.perf_counter()
    assets.build(root)
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    build = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert build.returncode == 0, f"mkdocs build --strict failed:\n{build.stderr}"
    print(f"mkdocs build --strict: {time.perf_counter() - start:.1f} s")
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Site(folder, f"http://127.0.0.1:{server.server_port}/")
        server.shutdown()


SETTLED = "document.fonts.ready.then(() => new Promise(done => setTimeout(done, 100)))"


@pytest.fixture
def window(browser: Browser):
    """A window without a page: window(width=390, scheme="dark", script=False)."""
    contexts = []

    def open_window(width: int = 1280, scheme: str = "light", script: bool = True):
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            java_script_enabled=script,
            reduced_motion="reduce",
            permissions=["clipboard-read", "clipboard-write"],
        )
        contexts.append(context)
        return context.new_page()

    yield open_window
    for context in contexts:
        context.close()


@pytest.fixture
def view(window, site: Site):
    """Opens a page of the site: view("learn/", width=390, scheme="dark")."""

    def open_page(address: str, width: int = 1280, scheme: str = "light"):
        page = window(width, scheme)
        page.goto(site.address + address, wait_until="networkidle")
        # Formulas load their fonts when they are laid out, and the scripts of the page react to that.
        page.evaluate(SETTLED)
        return page

    return open_page


@pytest.fixture
def visit(window, site: Site):
    """Opens pages one after the other in one window: visit(addresses, width=390) yields (address, page)."""

    def pages(addresses: list[str], width: int = 1280, scheme: str = "light"):
        page = window(width, scheme)
        for address in addresses:
            page.goto(site.address + address, wait_until="load")
            page.evaluate(SETTLED)
            yield address, page
        page.context.close()

    return pages
