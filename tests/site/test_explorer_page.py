"""The Quantization Explorer in the page: set, share, go back, play; by keyboard, on a phone, without JavaScript."""

import re

import pytest
from address import address_now
from axe_playwright_python.base import AXE_SCRIPT

from fourbit.book.results import Results

PAGE = "tools/quantization-explorer/"
SMALL = {
    "grid": "learn/02-formats/",
    "sweep": "learn/03-gptq/",
    "loud": "learn/04-awq/",
    "groups": "learn/05-gguf/",
}


def ready(page, root="#fb-explorer"):
    """Waits for the answer to the latest question, and until it is drawn."""
    page.wait_for_selector(f"{root}[data-state=ready]")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return page


@pytest.fixture
def open_at(view):
    return lambda query="", **how: ready(view(PAGE + query, **how))


@pytest.fixture(scope="module")
def asserted(root):
    """Rows of snippets/explorer/presets.py by preset."""
    rows = Results(root)["explorer.presets"].value["rows"]
    return {row["name"]: row for row in rows}


def percent(share):
    value = 100 * share
    return f"{value:.1f}%" if value >= 9.995 else f"{value:.2f}%"


def shown(page, method):
    """Unseen and calibration error of a method, as the bars say them."""
    return page.locator(f".fb-ex-of-{method} b").all_inner_texts()


def field(page, label):
    return page.get_by_label(label, exact=True)


def pick(page, name):
    page.get_by_role("radio", name=name, exact=True).check()


def test_presets_show_python_s_numbers(open_at, asserted):
    page = open_at()
    for title, name in [
        ("GPTQ wins", "start"),
        ("Pushed ahead", "push"),
        ("Make GPTQ lose", "lose"),
        ("A loud channel: AWQ wins", "loud"),
        ("2 bits", "two"),
    ]:
        page.get_by_role("button", name=title).click()
        ready(page)
        row = asserted[name]
        for method in ("rtn", "gptq", "awq"):
            assert shown(page, method) == [percent(row[method]), percent(row[f"{method}_seen"])], (
                name,
                method,
            )
        assert page.get_by_role("button", name=title).get_attribute("aria-pressed") == "true"
    assert page.locator("#fb-explorer .fb-ex-verdict").inner_text().startswith("Error of the output")


def test_gptq_loses_and_the_page_says_why(open_at):
    said = open_at("?preset=lose").locator(".fb-ex-verdict").inner_text()
    assert "looked better than rounding" in said and "64 tokens" in said
    assert "damping had to be 0.01" in said


def test_a_number_is_typed_a_slider_moved_a_button_pressed(open_at, asserted):
    page = open_at()
    field(page, "Bits").fill("4")
    pick(page, "whole row")
    assert shown(ready(page), "rtn")[0] == percent(asserted["wide"]["rtn"])
    assert field(page, "Bits, slider").input_value() == "4"
    field(page, "Bits, slider").press("ArrowLeft")
    field(page, "Bits, slider").press("ArrowLeft")
    ready(page)
    assert (
        field(page, "Bits").input_value() == "2"
        and "bits=2" in address_now(page)
        and "group=row" in address_now(page)
    )
    page.get_by_label("search the shrink for each group").check()
    assert field(page, "Shrink").is_disabled()
    pick(page, "64")
    assert shown(ready(page), "rtn")[0] == percent(asserted["two"]["cut"])


def test_what_cannot_be_is_not_taken(open_at):
    page = open_at()
    before = address_now(page)
    for text in ("9", "1", "2.5e9"):
        field(page, "Bits").fill(text)
    field(page, "Bits").blur()
    assert address_now(page) == before and field(page, "Bits").input_value() == "3"
    field(page, "Calibration tokens").fill("700")
    assert "tokens=1024" in address_now(page) or "tokens=256" in address_now(page)


@pytest.mark.parametrize(
    "query, wanted",
    [
        ("?bits=99&group=7&layer=none&damp=-3&tokens=many", ("8", "0", "4096")),
        ("?bits=x&damp=x&tokens=9e9", ("3", "0.01", "4096")),
    ],
)
def test_a_bad_address_is_mended(open_at, query, wanted):
    page = open_at(query)
    got = tuple(field(page, label).input_value() for label in ("Bits", "Damping", "Calibration tokens"))
    assert got == wanted


def test_an_address_brings_everything_back(open_at, view):
    query = "?layer=smollm2-q&bits=4&group=128&symmetric=1&shrink=0.85&order=activation&groups=dynamic&damp=0.1&tokens=200&row=70&column=30&sweep=90"
    page = open_at(query)
    bars = [shown(page, method) for method in ("rtn", "gptq", "awq")]
    page.get_by_role("button", name="Copy a link").click()
    link = page.evaluate("navigator.clipboard.readText()")
    assert set(link.split("?")[1].split("&")) == set(query[1:].split("&"))
    again = ready(view(PAGE + "?" + link.split("?")[1]))
    assert [shown(again, method) for method in ("rtn", "gptq", "awq")] == bars
    assert again.get_by_label("Columns done").input_value() == "90"
    assert field(again, "Row").input_value() == "70"


def test_the_back_button_goes_one_visit_of_a_field_back(open_at):
    page = open_at()
    first = shown(page, "rtn")
    field(page, "Bits").focus()
    for text in ("4", "5", "6"):
        field(page, "Bits").fill(text)
    pick(page, "symmetric")
    ready(page)
    page.go_back()
    ready(page)
    assert (
        field(page, "Bits").input_value() == "6" and page.get_by_role("radio", name="asymmetric").is_checked()
    )
    page.go_back()
    ready(page)
    assert field(page, "Bits").input_value() == "3" and shown(page, "rtn") == first


def pixels(page):
    return page.evaluate("document.querySelector('#fb-explorer .fb-ex-main canvas').toDataURL()")


def done(page):
    return int(page.get_by_label("Columns done").input_value())


def test_the_sweep_steps_scrubs_and_ends(open_at):
    page = open_at()
    end = pixels(page)
    said = page.locator(".fb-ex-said")
    page.get_by_role("button", name="To the first column").click()
    page.wait_for_function("document.querySelector('.fb-ex-said').textContent.startsWith('0 of 256')")
    page.get_by_role("button", name="One column on").click()
    assert done(page) == 1 and "1 of 256 columns are rounded" in said.inner_text()
    page.get_by_role("button", name="One column back").click()
    assert done(page) == 0 and "sweep=0" in address_now(page)
    page.get_by_label("Columns done").fill("128")
    ready(page)
    half = pixels(page)
    assert half != end and "128 of 256" in said.inner_text()
    page.get_by_role("button", name="To the end").click()
    ready(page)
    assert "all 256 columns" in said.inner_text() and pixels(page) == end and "sweep" not in address_now(page)


def test_the_sweep_plays_and_pauses(browser, site):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(site.address + PAGE + "?sweep=10")
    ready(page)
    page.get_by_role("button", name="Play the sweep").click()
    page.wait_for_function("document.querySelector('.fb-ex-transport [type=range]').value > 14")
    page.get_by_role("button", name="Pause the sweep").click()
    rest = done(page)
    page.get_by_role("button", name="Play the sweep").wait_for()
    page.evaluate("() => new Promise((done) => setTimeout(done, 120))")
    assert 14 < done(page) == rest < 256 and f"sweep={rest}" in address_now(page)
    page.get_by_label("Speed").select_option("4")
    page.get_by_role("button", name="Play the sweep").click()
    page.wait_for_function("document.querySelector('.fb-ex-said').textContent.startsWith('GPTQ, all')")
    assert page.get_by_role("button", name="Play the sweep").is_visible()
    context.close()


def test_with_reduced_motion_it_takes_a_few_large_steps(open_at):
    page = open_at("?sweep=0")
    page.get_by_role("button", name="Play the sweep").click()
    page.wait_for_function("document.querySelector('.fb-ex-transport [type=range]').value > 0")
    assert done(page) == 256 // 8
    page.get_by_role("button", name="Pause the sweep").click()


def test_a_click_on_the_picture_chooses_the_row_in_view(open_at):
    page = open_at()
    canvas = page.locator(".fb-ex-main canvas").first
    size = canvas.bounding_box()
    canvas.click(position={"x": size["width"] * 0.75 + 1, "y": size["height"] * 0.5 + 1})
    assert field(page, "Row").input_value() == "32" and field(page, "First column").input_value() == "192"
    assert "row=32" in address_now(page) and "column=192" in address_now(page)


def test_the_tables_say_what_the_pictures_show(open_at):
    page = open_at("?row=3&column=8")
    numbers = page.locator(".fb-ex-numbers table").first
    assert numbers.locator("thead th").count() == 6 and numbers.locator("tbody tr").count() == 3
    assert shown(page, "gptq")[0] in numbers.locator("tbody tr").nth(1).inner_text()
    page.get_by_text("The weights in view, as a table").click()
    rows = page.locator(".fb-ex-details tbody tr")
    page.wait_for_function("document.querySelectorAll('.fb-ex-details tbody tr').length > 8")
    assert rows.first.locator("th").inner_text() == "8"
    codes = [int(row.locator("td").nth(2).inner_text()) for row in rows.all()[:20]]
    assert all(0 <= code < 8 for code in codes) and len(set(codes)) > 2
    for canvas in page.locator("#fb-explorer canvas").all():
        assert canvas.get_attribute("role") == "img" and len(canvas.get_attribute("aria-label")) > 20


def test_it_works_with_the_keyboard_alone(open_at):
    page = open_at()
    page.get_by_role("button", name="GPTQ wins").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    ready(page)
    assert "tokens=64" in address_now(page)
    page.get_by_label("Layer").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert field(page, "Bits").input_value() == "4"
    page.keyboard.press("Tab")
    page.keyboard.type("5")
    assert address_now(ready(page)).count("bits=") == 1
    page.get_by_role("button", name="To the first column").focus()
    page.keyboard.press("Space")
    page.get_by_label("Columns done").focus()
    page.keyboard.press("ArrowRight")
    assert done(page) == 1


def test_all_it_needs_is_on_this_site_and_small(browser, site):
    context, asked, said = browser.new_context(), {}, []
    page = context.new_page()
    page.on("response", lambda answer: asked.update({answer.url: len(answer.body())}))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(site.address + PAGE, wait_until="networkidle")
    ready(page)
    assert not said
    assert all(url.startswith((site.address, "data:", "blob:")) for url in asked)
    own = [size for url, size in asked.items() if "/js/explorer" in url]
    assert sum(own) < 90_000 and max(size for url, size in asked.items() if url.endswith(".bin")) < 4.1e5
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_everyone_can_use_it(open_at, width, scheme):
    page = open_at("?preset=loud&sweep=40", width=width, scheme=scheme)
    page.get_by_text("The weights in view, as a table").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate(AXE_SCRIPT)
    found = page.evaluate("axe.run('#fb-explorer')")
    assert found["passes"]
    assert [f"{one['id']}: {one['nodes'][0]['html']}" for one in found["violations"]] == []
    heights = page.evaluate(
        "[...document.querySelectorAll('#fb-explorer :is(button, select, [type=number], .fb-ex-tick)')]"
        ".map((one) => one.getBoundingClientRect().height).filter(Boolean)"
    )
    assert min(heights) >= 40


def test_without_javascript_there_are_a_picture_and_a_table(site, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.address + PAGE)
    assert page.locator("#fb-explorer img").is_visible()
    assert "lose" in page.locator("article table").first.inner_text()
    page.goto(site.address + SMALL["sweep"])
    place = page.locator("[data-fb-explorer]")
    assert "In the Quantization Explorer you can watch" in place.inner_text()
    place.locator("a").click()
    assert address_now(page).startswith(site.address + PAGE)
    context.close()


def test_a_file_that_does_not_arrive_is_said(browser, site):
    context = browser.new_context()
    context.route("**/*.bin", lambda route: route.abort())
    page = context.new_page()
    page.goto(site.address + PAGE)
    page.wait_for_selector("#fb-explorer[data-state=failed]")
    assert "could not compute" in page.locator(".fb-ex-verdict").inner_text()
    context.close()


@pytest.mark.parametrize("name", SMALL)
def test_a_chapter_has_a_small_one_that_moves_nothing(browser, site, name):
    """It comes when it is near, in the room kept for it, and leads to the same settings in the tool."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(site.address + SMALL[name], wait_until="networkidle")
    place = page.locator(f"[data-fb-explorer={name}]")
    assert not any(url.endswith(".bin") for url in asked)
    page.evaluate(
        """(name) => {
      const place = document.querySelector(`[data-fb-explorer=${name}]`);
      window.heights = [place.offsetHeight];
      new ResizeObserver(() => window.heights.push(place.offsetHeight)).observe(place);
    }""",
        name,
    )
    place.scroll_into_view_if_needed()
    ready(page, f"[data-fb-explorer={name}]")
    heights = page.evaluate("window.heights")
    assert max(heights) - min(heights) <= 2, heights
    assert place.locator("canvas").count() + place.locator(".fb-ex-bars").count() >= 1
    field(place, "Bits").fill("5")
    ready(page, f"[data-fb-explorer={name}]")
    link = place.get_by_role("link", name="Open in the explorer").get_attribute("href")
    page.goto(page.evaluate("(link) => new URL(link, location.href).href", link))
    ready(page)
    assert re.search(r"bits=5", address_now(page)) and field(page, "Bits").input_value() == "5"
    context.close()
