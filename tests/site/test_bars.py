"""What a visit costs and what it needs: weight, stillness, a strict policy, no script."""

import functools
import gzip
import http.server
import threading
from xml.etree import ElementTree

import pytest

from fourbit.book import policy
from fourbit.book.cards import FOLDER, SIZE, file_name
from fourbit.book.images import size
from fourbit.book.page import read_pages

FIRST_VISIT = 300_000  # bytes, compressed; the tools, which bring layers and tables, are not held to it
SHIFT = 0.05  # cumulative layout shift
PACKED = (".woff2", ".png", ".zip", ".whl")  # no server compresses these again
WATCH = """window.shift = 0; window.moved = [];
new PerformanceObserver(list => { for (const one of list.getEntries()) if (!one.hadRecentInput) {
    window.shift += one.value;
    window.moved.push(...one.sources.map(source => source.node?.id || source.node?.className || source.node?.nodeName));
} }).observe({type: "layout-shift", buffered: true});"""
# Its page loads no MathJax, and says so with an address that holds nothing.
NOTEBOOK = "learn/03-gptq-lab/"


@pytest.mark.parametrize("width", [1280, 390])
def test_a_first_visit_is_light_and_nothing_moves(window, site, width):
    for address in site.kinds:
        page = window(width)
        page.add_init_script(WATCH)
        loaded = {}
        page.on(
            "requestfinished", lambda request, loaded=loaded: loaded.update({request.url: request.response()})
        )
        page.goto(site.address + address, wait_until="networkidle")
        bodies = {url: answer.body() for url, answer in list(loaded.items())}
        sizes = {
            url: len(body if url.endswith(PACKED) else gzip.compress(body, 6)) for url, body in bodies.items()
        }
        limit = FIRST_VISIT + 60_000 * (address == NOTEBOOK)  # its styles stand in the page
        assert address.startswith("tools/") or sum(sizes.values()) < limit, (
            f"{address}: {sorted(sizes.items(), key=lambda one: -one[1])[:6]}"
        )
        shift = page.evaluate("shift")
        assert shift < SHIFT, f"{address} moves by {shift:.3f}: {page.evaluate('moved')}"
        page.context.close()


class _Strict(http.server.SimpleHTTPRequestHandler):
    policy = ""

    def end_headers(self):
        self.send_header("Content-Security-Policy", self.policy)
        super().end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def strict(site):
    handler = type("Handler", (_Strict,), {"policy": policy.header(site.folder)})
    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(handler, directory=str(site.folder))
    ) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_pages_obey_the_policy_that_deployers_are_given(window, site, strict):
    page = window()
    broken = []
    page.on("console", lambda message: broken.append(message.text) if "Security" in message.text else None)
    for address in site.kinds:
        if address == NOTEBOOK:
            continue
        page.goto(strict + address, wait_until="networkidle")
        assert not broken, f"{address}: {broken}"
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {textContent: '1'}))")
    page.wait_for_timeout(100)
    assert broken, "a script that is not allowed ran, so this test checks nothing"


def test_reading_needs_no_script(window, site):
    page = window(script=False)
    page.goto(f"{site.address}learn/03-gptq/")
    assert page.locator("article p").first.is_visible()
    assert page.locator("article table").first.is_visible()
    assert page.locator(".md-tabs__link, .md-nav__link").first.is_visible()
    page.locator(".md-footer__link--next").click()
    page.wait_for_url("**/learn/**")
    page.goto(f"{site.address}glossary/")
    assert page.locator("article :is(h2, h3, dt)").count() >= 120
    page.goto(f"{site.address}errors/")
    assert page.locator("article li a").first.is_visible()
    page.goto(f"{site.address}tools/will-it-run/")
    assert page.locator("article table").first.is_visible()


def test_the_feed_and_the_list_of_pages_are_published(site):
    feed = ElementTree.parse(site.folder / "feed.xml").getroot()
    items = feed.findall("channel/item")
    assert items and all(item.findtext("title") and item.findtext("pubDate") for item in items)
    overview = (site.folder / "llms.txt").read_text(encoding="utf-8")
    written = [page for page in site.pages if page not in ("", "404.html", NOTEBOOK)]
    missing = [page for page in written if f"]({page})" not in overview]
    assert not missing


def test_every_page_has_a_card(root, site):
    for page in read_pages(root):
        assert size(site.folder / FOLDER.removeprefix("docs/") / file_name(page)) == SIZE, page.name
