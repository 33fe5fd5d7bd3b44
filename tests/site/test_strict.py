"""The build stops at what would be a hole in the site; each of these passes silently with other settings."""

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort
from pymdownx.snippets import SnippetMissingError

from fourbit.errors import UserError

FENCE = "```text\n{}\n```"


def build_pages(root, folder, monkeypatch, pages):
    monkeypatch.chdir(root)
    (folder / "docs").mkdir()
    for name, text in pages.items():
        (folder / "docs" / name).write_text(text, encoding="utf-8")
    paths = {"docs_dir": str(folder / "docs"), "site_dir": str(folder / "site")}
    empty = {"nav": [{"Home": "index.md"}], "theme": "mkdocs", "extra_css": [], "extra_javascript": []}
    build(load_config(str(root / "mkdocs.yml"), strict=True, **paths, **empty))


def test_a_sound_page_builds(root, tmp_path, monkeypatch):
    build_pages(root, tmp_path, monkeypatch, {"index.md": "# Home\n\n[Here](#home)"})


@pytest.mark.parametrize(
    "text",
    [
        "[x](missing.md)",
        "[x](#missing)",
        "[x](/index.md)",
        FENCE.format('--8<-- "missing.txt"'),
        "[[r:missing.key]]",
    ],
)
def test_a_broken_reference_stops_the_build(root, tmp_path, monkeypatch, text):
    with pytest.raises((Abort, SnippetMissingError, UserError)):
        build_pages(root, tmp_path, monkeypatch, {"index.md": f"# Home\n\n{text}"})


def test_a_page_that_the_navigation_forgets_stops_the_build(root, tmp_path, monkeypatch):
    with pytest.raises(Abort):
        build_pages(root, tmp_path, monkeypatch, {"index.md": "# Home", "forgotten.md": "# Forgotten"})


def test_the_build_is_never_quiet(root):
    """`mkdocs build --quiet --strict` succeeds with broken links: quiet hides the warnings that strict counts."""
    recipe = [line for line in (root / "Makefile").read_text().splitlines() if "mkdocs" in line.lower()]
    assert any("build --strict" in line for line in recipe)
    assert not any(" -q" in line or "--quiet" in line for line in recipe)
