"""Feel the damage in a real browser: llama.cpp as WebAssembly against the runs recorded with llama.cpp here."""

import json
import runpy

import numpy as np
import pytest
from axe_playwright_python.base import AXE_SCRIPT

from fourbit.book import damage
from fourbit.book.results import split_output

PAGE = "tools/feel-the-damage/"
READY = "#fb-damage[data-ready=true]"
LONG = 120_000  # milliseconds, on a busy machine


@pytest.fixture(scope="module")
def recorded(root):
    """What the snippets recorded: (rows of versions by id, continuations by preset)."""
    read = {
        name: split_output((root / f"snippets/damage/{name}.out").read_text(encoding="utf-8"))[2]
        for name in ("versions", "continuations")
    }
    return {row["id"]: row for row in read["versions"]["rows"]}, read["continuations"]


class Tool:
    """The page, opened once: requests that it made, and how to use its form."""

    def __init__(self, page, address: str):
        self.page, self.asked = page, []
        page.on("request", lambda request: self.asked.append(request.url))
        page.goto(address + PAGE, wait_until="networkidle")
        page.wait_for_selector(READY)
        self.before, self.label = list(self.asked), page.locator("#fb-damage-run").inner_text()

    def versions(self, *ids: str) -> None:
        chips = self.page.locator(".fb-damage-chip")
        for one in chips.locator("input:enabled:checked").evaluate_all("all => all.map((x) => x.value)"):
            chips.locator(f'input[value="{one}"]').uncheck()
        for one in ids:
            chips.locator(f'input[value="{one}"]').check()

    def press(self, button: str) -> None:
        self.page.locator(f"#fb-damage-{button}").click()
        self.page.wait_for_selector("#fb-damage[data-busy=false]", timeout=LONG)

    def text(self, version: str) -> str:
        return self.page.locator(f'.fb-damage-card[data-version="{version}"] .fb-damage-text').text_content()

    def number(self, version: str, name: str) -> float:
        return float(
            self.page.locator(f'#fb-damage [data-version="{version}"]').first.get_attribute(f"data-{name}")
        )

    def models(self) -> int:
        """Workers with a model in them; the search of the theme has one of its own."""
        return len([worker for worker in self.page.workers if worker.url.startswith("blob:")])

    def said(self) -> str:
        return self.page.locator("#fb-damage-said").inner_text()


@pytest.fixture(scope="module")
def tool(browser, site):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    yield Tool(context.new_page(), site.address)
    context.close()


@pytest.fixture(scope="module")
def ran(tool, root):
    """F16, rounding at two bits, and the file of Q4_K as a reader would add it, on the first example."""
    mine = root / damage.ASSETS / next(one.file for one in damage.VERSIONS if one.id == "q4_k")
    tool.versions("rtn2")
    tool.page.locator("#fb-damage-open").set_input_files(mine)
    tool.press("run")
    return tool


OWN = "own-tiny-q4_k.gguf"


def test_nothing_is_loaded_before_a_click(tool, root):
    assert not [url for url in tool.before if url.endswith((".gguf", ".wasm")) or "wllama" in url]
    wanted = damage.VERSIONS[0], *(one for one in damage.VERSIONS if one.id in ("q4_k", "q2_k", "rtn2"))
    rows = json.loads((root / damage.ASSETS / damage.BUILT / damage.MANIFEST).read_text(encoding="utf-8"))[
        "versions"
    ]
    sizes = {row["id"]: row["bytes"] for row in rows}
    assert (
        tool.label == f"Run 4 versions, loads {(sum(sizes[one.id] for one in wanted) + 2.4e6) / 1e6:.1f} MB"
    )


def test_texts_and_distances_are_those_of_llama_cpp_outside(ran, recorded):
    found = recorded[1]["docs"]
    for mine, theirs in (("f16", "f16"), (OWN, "q4_k")):
        assert ran.text(mine) == found["prompt"] + "".join(found["versions"][theirs]["pieces"])
    for mine, theirs in ((OWN, "q4_k"), ("rtn2", "rtn2")):
        row = found["versions"][theirs]
        assert ran.number(mine, "kl") == pytest.approx(row["kl"], rel=0.05)
        assert ran.number(mine, "top1") == pytest.approx(row["top1"], abs=0.06)
        assert abs(ran.number(mine, "picked") - sum(row["picked"])) <= 2
    assert ran.number("rtn2", "kl") > 50 * ran.number(OWN, "kl")


def test_what_f16_would_not_have_picked_is_marked_and_in_the_table(ran):
    card = ran.page.locator('.fb-damage-card[data-version="rtn2"]')
    tokens = card.locator(".fb-damage-text span").count() - 1
    other = card.locator(".fb-damage-other").count()
    assert (
        other
        == tokens - ran.number("rtn2", "picked")
        == card.locator("td:last-child", has_text="no").count()
        > 15
    )
    assert card.locator(".fb-strip-cells i").count() == 36
    assert card.locator(".fb-k5, .fb-k6").count() > 15
    base = ran.page.locator('.fb-damage-card[data-version="f16"]')
    assert base.locator(".fb-damage-other").count() == base.locator("details").count() == 0


def test_memory_is_given_back(ran):
    assert ran.models() == 0


def test_everyone_can_read_what_was_measured(ran):
    page = ran.page
    page.evaluate("document.querySelector('#fb-damage details').open = true")
    page.evaluate(AXE_SCRIPT)
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        found = page.evaluate("axe.run('#fb-damage')")
        assert found["passes"]
        assert [f"{one['id']}: {one['nodes'][0]['html']}" for one in found["violations"]] == []


def test_perplexities_are_those_of_llama_cpp_outside(ran, recorded):
    ran.versions("rtn2")
    ran.press("measure")
    assert not ran.said()
    for name in ("f16", "rtn2"):
        row = ran.page.locator(f'#fb-damage-table [data-version="{name}"]')
        assert float(row.get_attribute("data-perplexity")) == pytest.approx(
            recorded[0][name]["sample"], rel=0.02
        )
    assert "142 tokens scored." in ran.page.locator("#fb-damage-table").inner_text()


def test_the_same_seed_writes_the_same_text_and_a_cut_file_is_explained(ran, root, tmp_path):
    first = ran.text("f16")
    whole = (root / damage.ASSETS / damage.VERSIONS[6].file).read_bytes()
    (tmp_path / "cut.gguf").write_bytes(whole[:900_000])
    ran.versions()
    ran.page.locator("#fb-damage-open").set_input_files(tmp_path / "cut.gguf")
    ran.page.locator("#fb-damage-tokens").select_option("24")
    ran.press("run")
    again = ran.text("f16")
    assert len(again) > 60 and first.startswith(again)
    failed = ran.page.locator('.fb-damage-card[data-version="own-cut.gguf"]').inner_text()
    assert "llama.cpp b7179" in failed and "cannot load it" in failed and "fourbit inspect" in failed
    ran.page.locator("#fb-damage-seed").fill("3")
    ran.versions()
    ran.press("run")
    assert not first.startswith(ran.text("f16"))


BAD = {
    "page.gguf": (b"<!doctype html><title>Log in", "a web page or JSON"),
    "weights.safetensors": (b"\x40\0\0\0\0\0\0\0" + b"{" * 64, "does not begin with the letters GGUF"),
    "old.gguf": (b"GGUF\x01\0\0\0" + bytes(64), "GGUF version 1"),
    "empty.gguf": (b"", "it is empty"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_dropped_file_that_is_none_is_explained(tool, name):
    octets, why = BAD[name]
    before = tool.page.locator(".fb-damage-chip").count()
    tool.page.evaluate(
        """([name, octets]) => {
          const given = new DataTransfer();
          given.items.add(new File([Uint8Array.from(octets)], name));
          const root = document.getElementById("fb-damage");
          for (const kind of ["dragover", "drop"])
            root.dispatchEvent(new DragEvent(kind, { dataTransfer: given, bubbles: true, cancelable: true }));
        }""",
        [name, list(octets)],
    )
    tool.page.wait_for_function("document.getElementById('fb-damage-said').textContent")
    assert name in tool.said() and why in tool.said()
    assert tool.page.locator(".fb-damage-chip").count() == before


def test_the_keyboard_runs_it_and_stops_it(ran):
    page = ran.page
    ran.versions()
    page.locator('.fb-damage-chip input[value="q8_0"]').focus()
    page.keyboard.press("Space")
    assert page.evaluate("document.activeElement.value") == "q8_0"
    page.locator("#fb-damage-tokens").select_option("96")
    page.locator("#fb-damage-run").focus()
    page.keyboard.press("Enter")
    page.wait_for_function(
        "document.getElementById('fb-damage-status').textContent === 'F16 writes…' && "
        "document.querySelectorAll('#fb-damage-cards .fb-damage-text span').length > 5",
        timeout=LONG,
    )
    page.locator("#fb-damage-stop").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#fb-damage[data-busy=false]")
    assert page.locator("#fb-damage-status").inner_text() == "Stopped."
    assert page.locator("#fb-damage-cards .fb-damage-text span").count() < 90
    assert page.locator("#fb-damage-run").is_enabled() and ran.models() == 0


def test_nobody_else_is_asked_for_anything(ran, site):
    assert len([url for url in ran.asked if url.endswith(".gguf")]) == 3  # F16, rounded, Q8_0: each once
    assert all(url.startswith((site.address, f"blob:{site.address}")) for url in ran.asked)


def test_the_dice_are_python_s(tool, root):
    scope = runpy.run_path(str(root / "snippets/damage/dice.py"), run_name="dice")
    rng = np.random.default_rng(0)
    logp = np.log(rng.dirichlet(np.ones(500)))
    cases = [(temperature, seed, place) for temperature in (0, 0.6, 1) for seed in (0, 2, 2**32 - 1) for place in (0, 35)]  # fmt: skip
    ours = tool.page.evaluate(
        """async ([logp, cases]) => {
          const { choose, dice } = await import(new URL("../../assets/js/damage-numbers.js", location));
          return [cases.map((one) => choose(logp, ...one)), [...dice(7, 3, 9)]];
        }""",
        [logp.tolist(), cases],
    )
    assert ours[0] == [scope["choose"](logp, *one) for one in cases]
    assert ours[1] == pytest.approx(scope["dice"](7, 3, 9).tolist(), rel=1e-12)


def test_at_390_pixels_nothing_sticks_out(view):
    page = view(PAGE, width=390)
    page.wait_for_selector(READY)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    heights = page.evaluate(
        "[...document.querySelectorAll('#fb-damage :is(.md-button, select, textarea), .fb-damage-chip, .fb-strip-choice')]"
        ".map((field) => field.getBoundingClientRect().height).filter(Boolean)"
    )
    assert len(heights) > 20 and min(heights) >= 40


def shows_recorded(page, recorded) -> None:
    for version in ("q2_k", "rtn2"):
        page.locator(f'[name="fb-strip-docs"][value="{version}"]').check(force=True)
        shown = page.locator(".fb-strip").first.locator(f".fb-strip-{version}")
        text = "".join(recorded[1]["docs"]["versions"][version]["pieces"])
        assert shown.is_visible() and text in shown.locator(".fb-strip-text").text_content()
    assert page.locator(".fb-strip").first.locator(".fb-strip-q2_k").is_hidden()
    assert "2 bits, rounded" in page.locator("article table").first.inner_text()


def test_without_webassembly_the_recorded_runs_are_there(window, site, recorded):
    page = window()
    page.add_init_script("delete globalThis.WebAssembly")
    page.goto(site.address + PAGE)
    page.wait_for_selector("#fb-damage-instead:not([hidden])")
    assert "does not run WebAssembly" in page.locator("#fb-damage-instead").inner_text()
    assert page.locator("#fb-damage").count() == 0
    shows_recorded(page, recorded)


def test_without_javascript_the_recorded_runs_are_there(window, site, recorded):
    page = window(script=False)
    page.goto(site.address + PAGE)
    assert page.locator("#fb-damage").is_hidden()
    shows_recorded(page, recorded)
