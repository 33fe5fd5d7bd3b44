"""Zensical, the successor of Material for MkDocs, builds the same pages from the same files."""

import os
import shutil
import subprocess
import sys
from html.parser import HTMLParser

import pytest

LAGS = {"learn/03-gptq-lab/": "notebooks are not pages yet (zensical/backlog#9)"}


class _Article(HTMLParser):
    """The words of what a page says, without the theme around it."""

    def __init__(self):
        super().__init__()
        self.depth = self.code = 0
        self.words: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.depth += tag == "article"
        self.code += tag in ("script", "style")

    def handle_endtag(self, tag):
        self.depth -= tag == "article"
        self.code -= tag in ("script", "style")

    def handle_data(self, data):
        if self.depth and not self.code:
            self.words += data.split()


def words(html: str) -> list[str]:
    article = _Article()
    article.feed(html)
    return article.words


@pytest.fixture(scope="module")
def second(root):
    folder = root / "build" / "zensical"  # it accepts no folder outside the project
    command = [str(shutil.which("zensical", path=os.path.dirname(sys.executable))), "build", "--clean"]
    environment = os.environ | {"SITE_DIR": "build/zensical", "NO_COLOR": "1"}
    build = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert build.returncode == 0, build.stdout + build.stderr
    return folder


def test_same_pages(site, second):
    files = {
        file.relative_to(second).as_posix().removesuffix("index.html") for file in second.rglob("*.html")
    }
    assert set(site.pages) - files == {*LAGS}, "a page that lags, or one that no longer does"
    assert files <= set(site.pages)


def test_same_words(site, second):
    for address in site.pages:
        if address in LAGS or not address.endswith("/"):
            continue
        theirs = words((second / address / "index.html").read_text(encoding="utf-8"))
        assert theirs == words(site.html(address)), address
