"""The glossary in a browser: tooltips by keyboard and by tap, the filter, the list without JavaScript."""

from html.parser import HTMLParser

from address import address_now

PAGE = "glossary/"
CHAPTER = "learn/03-gptq/"
VOID = {"br", "hr", "img", "input", "link", "meta", "source"}


class Marks(HTMLParser):
    """Definitions that an article carries as tooltips, and the elements around each."""

    def __init__(self, html: str):
        super().__init__()
        self.open, self.found = [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        if tag not in VOID:
            self.open.append(tag)
        if tag == "abbr":
            self.found.append((dict(attributes)["title"], set(self.open[:-1])))

    def handle_endtag(self, tag):
        while self.open and self.open.pop() != tag:
            pass


def test_a_page_explains_each_term_once_and_never_in_code(site):
    outside = {"a", "button", "code", "h1", "h2", "h3", "h4", "label", "pre", "summary", "th"}
    total = 0
    for address in site.pages:
        found = Marks(site.html(address)).found
        titles = [title for title, _ in found]
        assert len(titles) == len(set(titles)), address
        assert not any(around & outside for _, around in found), address
        total += len(found)
    assert total > 500


def test_a_tooltip_opens_by_focus(view):
    page = view(CHAPTER)
    term = page.locator("article .fb-term").first
    term.evaluate("term => term.focus()")
    tooltip = page.locator(".md-tooltip2--active")
    tooltip.wait_for()
    assert tooltip.inner_text().strip().startswith("Post-training quantization that rounds column by column")
    assert term.evaluate("term => term.tabIndex") == 0


def test_a_tooltip_opens_by_tap_on_a_phone_and_fits(browser, site):
    context = browser.new_context(
        viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(site.address + CHAPTER, wait_until="networkidle")
    term = page.locator("article .fb-term").nth(3)
    term.scroll_into_view_if_needed()
    term.tap()
    inner = page.locator(".md-tooltip2--active .md-tooltip2__inner")
    inner.wait_for()
    box = inner.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390
    context.close()


def shown(page) -> list[str]:
    names = page.locator("article h3").all()
    return [one.evaluate("heading => heading.firstChild.textContent") for one in names if one.is_visible()]


def test_the_filter_narrows_the_list(view):
    page = view(PAGE, width=390)
    everything = shown(page)
    assert len(everything) >= 125
    page.get_by_label("Find a term").fill("kv  Cache")
    assert shown(page)[:3] != everything[:3] and "KV cache" in shown(page) and "GPTQ" not in shown(page)
    assert page.locator("#letter-k").is_visible() and not page.locator("#letter-z").is_visible()
    status = page.locator("#fb-glossary [role=status]")
    assert status.inner_text() == f"{len(shown(page))} of {len(everything)} terms"
    page.get_by_label("Find a term").fill("imatrix")
    assert shown(page) == ["Importance matrix"]
    page.get_by_label("Find a term").fill("")
    assert shown(page) == everything


def test_a_link_to_a_term_and_a_letter(view):
    page = view(f"{PAGE}#kv-cache")
    assert page.locator("#kv-cache").is_visible() and page.evaluate("scrollY") > 500
    page.locator("#fb-letters a", has_text="T").click()
    assert address_now(page).endswith("#letter-t")


def test_without_javascript_it_is_a_list(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.address + PAGE)
    assert len(page.locator("article h3").all()) >= 125
    assert not page.locator("#fb-glossary").is_visible()
    assert page.locator("article h3").last.is_visible()
    context.close()
