"""Every page in a real browser: it loads alone, fits a phone, and is usable by everyone."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT

STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def test_pages_load_without_errors_and_without_third_parties(browser, site):
    page = browser.new_page()
    errors, requests = [], []
    page.on(
        "console",
        lambda message: errors.append(message.text) if message.type in ("error", "warning") else None,
    )
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    kinds = {*site.kinds}
    for address in site.pages:
        wait = "networkidle" if address in kinds else "load"
        response = page.goto(site.address + address, wait_until=wait)
        assert response.ok, address
        outside = [url for url in requests if not url.startswith((site.address, "data:", "blob:"))]
        assert not outside, f"{address} asks {outside}"
        assert not errors, f"{address}: {errors}"
    page.close()


def test_nothing_sticks_out_of_a_phone(visit, site):
    for address, page in visit(site.pages, width=390):
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 390, f"{address} is {width} px wide"


@pytest.mark.parametrize("width, scheme", [(1280, "light"), (390, "dark")])
def test_no_serious_accessibility_violation(visit, site, width, scheme):
    found = []
    for address, page in visit(site.kinds, width, scheme):
        page.evaluate(AXE_SCRIPT)
        result = page.evaluate("tags => axe.run(document, {runOnly: tags})", STANDARD)
        assert result["passes"], f"{address}: axe checked nothing"
        for violation in result["violations"]:
            if violation["impact"] in ("serious", "critical"):
                node = violation["nodes"][0]
                found.append(f"{address} {violation['id']}: {node['html'][:120]}: {node['failureSummary']}")
    assert not found, "\n".join(found)


def test_wide_tables_scroll_in_their_frame_by_keyboard(visit, site):
    wide = 0
    for address, page in visit(site.kinds, width=390):
        for box in page.query_selector_all(".md-typeset__scrollwrap"):
            if box.evaluate("box => box.scrollWidth > box.clientWidth"):
                wide += 1
                assert box.evaluate("box => box.tabIndex") == 0, address
    assert wide, "no page has a wide table, so this test checked nothing"
