"""The built site, served on this machine, and one browser to read it with."""

import functools
import http.server
import os
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from fourbit.book import assets

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]


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
        """All but the entries of the knowledge base, of which three stand for the rest: they are made alike."""
        entries = [page for page in self.pages if page.startswith("errors/") and page != "errors/"]
        return [page for page in self.pages if page not in entries[3:]]

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


@pytest.fixture(scope="session")
def browser():
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not path:
        pytest.skip(f"none of {', '.join(BROWSERS)} is on PATH; install one: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def view(browser: Browser, site: Site):
    """Opens a page of the site: view("learn/", width=390, scheme="dark")."""
    contexts = []

    def open_page(address: str, width: int = 1280, scheme: str = "light"):
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            reduced_motion="reduce",
            permissions=["clipboard-read", "clipboard-write"],
        )
        contexts.append(context)
        page = context.new_page()
        page.goto(site.address + address, wait_until="networkidle")
        # Formulas load their fonts when they are laid out, and the scripts of the page react to that.
        page.evaluate("document.fonts.ready.then(() => new Promise(done => setTimeout(done, 100)))")
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def visit(view):
    """Opens pages one after the other, each closed before the next: visit(addresses, width=390) yields (address, page)."""

    def pages(addresses: list[str], width: int = 1280, scheme: str = "light"):
        for address in addresses:
            page = view(address, width, scheme)
            yield address, page
            page.context.close()

    return pages
