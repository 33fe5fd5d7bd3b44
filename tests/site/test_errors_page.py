"""The page that finds an entry: paste box, filters, the list without JavaScript."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from fourbit import kb

PAGE = "errors/"
SLUGS = [entry["slug"] for entry in kb.load()["entries"]]


def paste(page, text):
    page.locator("#fb-errors-text").fill(text)
    page.wait_for_timeout(600)
    return page.locator("#fb-errors-result")


def test_every_entry_is_listed_without_javascript(site):
    html = site.html(PAGE)
    assert SLUGS and all(f'data-slug="{slug}"' in html for slug in SLUGS)


def test_every_entry_has_its_page(site):
    assert {f"{PAGE}{slug}/" for slug in SLUGS} <= {*site.pages}


def test_a_paste_finds_its_entry_and_shows_the_words(view):
    page = view(PAGE)
    log = 'INFO x\nTraceback …\n  File "C:\\Users\\me\\y.py", line 1\nValueError: «GGUF magic invalid»\nbye'
    result = paste(page, log)
    link = result.locator("a").first
    assert link.inner_text() == "GGUF magic invalid"
    assert result.locator("mark").all_inner_texts() == ["gguf", "magic", "invalid"]
    link.click()
    page.wait_for_url(f"**/{PAGE}gguf-magic-invalid/")
    assert page.locator("h1").inner_text().startswith("GGUF magic invalid")


@pytest.mark.parametrize("host, link", [("127.0.0.1", False), ("ana.github.io", True)])
def test_nothing_matches_is_said_and_can_be_reported(view, site, browser, host, link):
    if not link:
        result = paste(view(PAGE), "KeyError: 'price'")
        assert "Nothing matches." in result.inner_text() and result.locator("a").count() == 0
        return
    context = browser.new_context()
    page = context.new_page()
    page.route(
        "**/*", lambda route: route.fulfill(response=context.request.get(_local(site, route.request.url)))
    )
    page.goto(f"http://{host}/fourbit/{PAGE}", wait_until="networkidle")
    url = urlsplit(paste(page, "KeyError: 'price' & more").locator("a").get_attribute("href"))
    assert (url.netloc, url.path) == ("github.com", "/ana/fourbit/issues/new")
    assert parse_qs(url.query) == {"template": ["error-report.yml"], "message": ["KeyError: 'price' & more"]}
    context.close()


def _local(site, url: str) -> str:
    return site.address + urlsplit(url).path.removeprefix("/fourbit/")


def test_an_empty_box_shows_nothing(view):
    page = view(PAGE)
    paste(page, "GGUF magic invalid")
    assert paste(page, "  ").inner_text() == ""


def test_filters_narrow_the_list(view):
    page = view(PAGE)
    items = page.locator("article li:has([data-slug])")
    assert items.count() == len(SLUGS)
    entry = next(one for one in kb.load()["entries"] if one["slug"] == "gguf-magic-invalid")
    page.locator("select").nth(0).select_option("gguf")
    page.locator("select").nth(1).select_option(entry["category"])
    wanted = [
        one["slug"]
        for one in kb.load()["entries"]
        if "gguf" in one["tools"] and one["category"] == entry["category"]
    ]
    shown = [one.locator("[data-slug]").get_attribute("data-slug") for one in items.all() if one.is_visible()]
    assert sorted(shown) == sorted(wanted)
    assert f"{len(wanted)} of {len(SLUGS)} entries" in page.locator(".fb-errors-filters").inner_text()


def test_the_box_needs_no_network(view):
    page = view(PAGE)
    page.context.set_offline(True)
    assert paste(page, json.dumps("GGUF magic invalid")).locator("a").count() == 1
