"""The hardware pages in a browser: the same answers as Python's, filters, choices, shared addresses, no script."""

from dataclasses import asdict
from itertools import product
from urllib.parse import quote

import pytest

from fourbit.vram import devices, estimate, model, tables
from fourbit.vram.cost import Cloud, Own, Use, compute
from fourbit.vram.settings import Settings
from fourbit.vram.weights import Quant

COMPARE, CHOOSE, COST = "tools/compare-hardware/", "tools/choose-gpu/", "tools/cost-vs-cloud/"
READ = """() => {
  const {cards, needs, judge} = fourbitHardware;
  const found = needs(document.querySelector('#fb-needs table'));
  return cards(document.querySelector('#fb-cards table')).map(card => [card.name, found.map(need =>
    [need.model, need.quant, judge(card, need)])]);
}"""
NAMES = {
    "8B: Llama 3.1": "llama-3.1-8b",
    "30B, experts: Qwen3 A3B": "qwen3-30b-a3b",
    "70B: Llama 3.3": "llama-3.3-70b",
}


def test_verdicts_and_ceilings_are_those_of_python(view):
    entries = {entry["name"]: devices.of(key, entry) for key, entry in tables.hardware().items()}
    judged = view(CHOOSE).evaluate(READ)
    assert len(judged) == len(entries)
    checked = 0
    for name, rows in judged[::5]:
        for label, quant, found in rows:
            if label not in NAMES:
                continue
            asked = Settings(context=8192), [entries[name]]
            ours = estimate.estimate(
                model.from_table(NAMES[label]),
                Quant.parse(quant),
                *asked,
                ram=1 << 60,
                layers=999,
                advise=False,
            )
            if entries[name].kind == "cpu":
                room = sum(line.bytes for line in ours.lines) <= entries[name].memory
                assert (found["verdict"] != "too small") == room, (name, label, quant)
                continue
            fits = ours.placement.verdict == "fits"
            said = ("tight" if ours.placement.tight else "fits") if fits else "too small"
            assert found["verdict"] == said, (name, label, quant)
            if fits:
                assert found["speed"] == pytest.approx(ours.placement.speed.decode, rel=1e-4)
            checked += 1
    assert checked > 100


USES = [Use(tokens, speed) for tokens, speed in ((0, 40), (200_000, 40), (3e6, 35.5), (5e7, 90))]
OWNS = [Own(1000, 2, 300, 50, 24, 0.25), Own(7999.5, 4.5, 650, 0, 0, 0.41), Own(0, 1, 0, 0, 12, 0)]
CLOUDS = [Cloud(), Cloud(api=1), Cloud(rent=0.5, hours=8), Cloud(api=0.02, rent=3.25, hours=24)]


def test_costs_are_those_of_python(view):
    cases = list(product(USES, OWNS, CLOUDS))
    page = view(COST)
    sent = [[asdict(part) for part in case] for case in cases]
    got = page.evaluate("cases => cases.map(([u, o, c]) => fourbitCost.compute(u, o, c))", sent)
    for case, there in zip(cases, got, strict=True):
        here = compute(*case)
        assert there == asdict(here) | {"own": here.own}, case


def test_what_cannot_be_is_said_in_the_form(view):
    page = view(COST + "?price=1000&power=0.2&api=1&speed=0")
    assert "Tokens a second: no number above 0." in page.locator("#fb-answer").inner_text()
    page.locator("#fb-cost-speed").fill("40")
    assert "a day" in page.locator("#fb-answer").inner_text()
    page.locator("#fb-cost-tokens").fill("99999999")
    assert "One machine cannot" in page.locator("#fb-answer").inner_text()


def test_no_price_is_ours(view):
    page = view(COST)
    for name in ("price", "power", "api", "rent"):
        assert page.locator(f"#fb-cost-{name}").input_value() == ""
    assert "Fill in the prices" in page.locator("#fb-answer").inner_text()


def test_a_cost_is_in_the_address(view):
    page = view(COST)
    for name, value in (("price", "1500"), ("power", "0.3"), ("api", "2")):
        page.locator(f"#fb-cost-{name}").fill(value)
    said = page.locator("#fb-answer").inner_text()
    assert "Paid back after" in said
    page.reload(wait_until="networkidle")
    assert page.locator("#fb-answer").inner_text() == said


def shown(page):
    rows = page.locator("#fb-cards tbody tr").all()
    return [row.locator("th, td").first.inner_text().strip() for row in rows if row.is_visible()]


def test_filter_sort_and_pick_with_the_keyboard(view):
    page = view(COMPARE)
    assert len(shown(page)) == len(tables.hardware())
    page.get_by_label("Name").press_sequentially("rtx 30")
    names = shown(page)
    assert names and all("RTX 30" in name for name in names)
    button = page.get_by_role("button", name="GB/s")
    button.press("Enter")
    first = shown(page)[0]
    fastest = max((e for e in tables.hardware().values() if e["name"] in names), key=lambda e: e["bandwidth"])
    assert first == fastest["name"]
    header = page.locator("#fb-cards th", has=button)
    assert header.get_attribute("aria-sort") == "descending"
    button.press("Enter")
    assert header.get_attribute("aria-sort") == "ascending"
    page.get_by_role("checkbox", name="GeForce RTX 3090", exact=True).press("Space")
    beside = page.locator("#fb-beside").inner_text()
    assert "Side by side" in beside and "936" in beside
    page.reload(wait_until="networkidle")
    assert page.locator("#fb-beside").inner_text() == beside
    assert shown(page) and all("RTX 30" in name for name in shown(page))


def test_only_what_holds_the_model(view):
    page = view(COMPARE)
    page.get_by_label("Model").select_option(label="70B: Llama 3.3, Q4_K_M")
    page.get_by_label("only what holds it").check()
    page.get_by_label("Kind").select_option("GPU")
    names = shown(page)
    memory = {entry["name"]: entry["memory"] for entry in tables.hardware().values()}
    assert names and min(memory[name] for name in names) >= 48
    assert f"{len(names)} of {len(memory)}" in page.locator(".fb-count").last.inner_text()


def test_never_more_than_four_side_by_side(view):
    picked = [entry["name"] for entry in tables.hardware().values()][:6]
    page = view(COMPARE + "?cards=" + quote("|".join(picked[:4])))
    assert page.locator("#fb-beside thead th").count() == 5
    page.get_by_role("checkbox", name=picked[5], exact=True).check()
    assert page.locator("#fb-beside thead th").count() == 5
    assert picked[0] not in page.locator("#fb-beside").inner_text().split("\n")[2]


def test_three_questions_to_a_short_list(view):
    page = view(CHOOSE)
    page.get_by_label("1. Which model?").select_option(label="32B: Qwen3, Q4_K_M")
    page.get_by_label("2. How much").select_option("long")
    page.get_by_label("3. What may").select_option("1200 to 3000")
    rows = page.locator("#fb-answer tbody tr").all()
    names = [row.locator("th").inner_text() for row in rows]
    by_name = {entry["name"]: devices.of(key, entry) for key, entry in tables.hardware().items()}
    assert names
    need = estimate.estimate(
        model.from_table("qwen3-32b"),
        Quant.parse("Q4_K_M"),
        Settings(context=32768),
        [by_name[names[0]]],
        advise=False,
    )
    high = need.placement.bytes("gpu", "high")
    assert all(by_name[name].memory >= high for name in names)
    rates = [by_name[name].bandwidth for name in names]
    assert rates == sorted(rates, reverse=True)
    page.get_by_label("3. What may").select_option("under 300")
    assert "Nothing of this class" in page.locator("#fb-answer").inner_text()


def test_a_machine_one_has(view):
    page = view(CHOOSE)
    assert not page.get_by_label("Which machine?").is_visible()
    page.get_by_label("3. What may").select_option("own")
    page.get_by_label("Which machine?").select_option("GeForce RTX 3060 12 GB")
    said = page.locator("#fb-answer").inner_text()
    assert "GeForce RTX 3060 12 GB holds it." in said
    page.reload(wait_until="networkidle")
    assert page.locator("#fb-answer").inner_text() == said


@pytest.mark.parametrize("address", [COMPARE, CHOOSE, COST])
def test_without_a_script_there_are_tables(browser, site, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.address + address)
    assert page.locator("article table").first.is_visible()
    assert not page.locator("#fb-compare, #fb-choose, #fb-cost").first.is_visible()
    context.close()
