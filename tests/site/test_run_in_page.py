"""Code that runs in the page: every block prints what CPython printed, and a reader can edit, stop, fail and go on."""

import json
import re

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from fourbit.book import browser as inpage
from fourbit.book import policy
from fourbit.book.inpage import sections
from fourbit.book.normalize import compare, normalize
from fourbit.book.page import read_pages
from fourbit.book.snippets import load

BARS = ".fb-run-bar"
START = 120_000  # ms: Python comes from this machine, but several tests may share its processors
RUN = """async ({file, edits, home}) => {
  const {python} = await import(home + "assets/js/run-python.js");
  let out = "";
  const output = (parts) => parts.forEach(([kind, text]) => { if (kind === "out") out += text; });
  const done = await python.run({file, edits}, {output});
  return {out, error: done.result.error ?? null, ms: done.ms};
}"""


@pytest.fixture(scope="module")
def page(browser, site):
    """One page and one Python for the whole file; each test opens what it reads."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(START)
    page.goto(site.address + "learn/18-hardware/")
    yield page
    context.close()


def blocks(root):
    """(page, snippet, sections) of every block that can run, read from the Markdown."""
    found = []
    for page in read_pages(root):
        for fence in page.fences:
            files = [root / "snippets" / name for name, _ in fence.includes]
            if fence.language == "python" and files and all(file.suffix == ".py" for file in files):
                block = inpage.block(fence, [load(file, root) for file in files])
                if block:
                    found.append((page.name, *block))
    return found


def test_the_pages_have_a_bar_under_every_block_that_can_run(root, site):
    expected = sorted((snippet.name, " ".join(sections)) for _, snippet, sections in blocks(root))
    bar = re.compile(r'class="fb-run-bar" data-(?:run|check)="([^"]+)" data-sections="([^"]*)"')
    found = sorted(match for address in site.pages for match in bar.findall(site.html(address)))
    assert found == expected and len(found) > 20


def test_every_block_prints_what_cpython_printed(root, page, site):
    wrong, exact, times = [], 0, {}
    for snippet in sorted({snippet for _, snippet, _ in blocks(root)}, key=lambda one: one.name):
        got = page.evaluate(RUN, {"file": snippet.file, "edits": [], "home": site.address})
        text = f"$ {snippet.command}\n{normalize(got['out'], root)}"
        recorded = snippet.output.read_text(encoding="utf-8")
        diff = got["error"] or compare(recorded, text, snippet.tolerance)
        times[snippet.name] = got["ms"]
        exact += text == recorded
        if diff:
            wrong.append(f"{snippet.name}:\n{diff}")
    slow = sorted(times.items(), key=lambda one: -one[1])[:5]
    print(f"{len(times)} snippets, {exact} equal to the letter; slowest: {slow}")
    assert not wrong, "\n".join(wrong)


HEAVY = ("vendor/pyodide", "vendor/codemirror", "built/python", "run-block", "run-worker")
CHAPTER = "learn/03-gptq/"
FILE = "03_gptq/obs_sign.py"
BLOCK = f'{BARS}[data-run="{FILE}"]'
ATTEMPT = f'{BARS}[data-check="03_gptq/exercise_order.py"]'


class Reader:
    """What a reader sees and does at one block."""

    def __init__(self, page, bar: str):
        self.page = page
        self.bar = page.locator(bar)
        self.status = self.bar.locator(".fb-run-status")
        self.panel = self.bar.locator("xpath=following-sibling::*[1]")
        self.recorded = self.bar.locator("xpath=following-sibling::div[contains(@class, 'fb-output')][1]")
        self.editor = self.bar.locator("xpath=preceding-sibling::*[2]").locator(".cm-content")

    def press(self, name: str) -> None:
        self.bar.get_by_role("button", name=name).click()

    def type(self, code: str) -> None:
        """Replace what stands in the editor."""
        if not self.editor.is_visible():
            self.press("Edit")
        self.editor.wait_for()
        self.editor.fill(code)

    def run(self, code: str | None = None, name: str = "Run") -> str:
        """Run, and what the status says at the end."""
        if code is not None:
            self.type(code)
        self.press(name)
        self.bar.locator(".fb-run-stop[hidden]").wait_for(state="attached")
        self.page.wait_for_function(
            "bar => !bar.querySelector('.fb-run-go').disabled", arg=self.bar.element_handle()
        )
        return self.status.inner_text()


@pytest.fixture
def reader(page, site):
    """The chapter, opened anew, without a trace of the test before."""
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(site.address + CHAPTER, wait_until="networkidle")
    page.evaluate("localStorage.clear()")
    reader = Reader(page, BLOCK)
    reader.requests = requests
    return reader


def test_nothing_heavy_loads_before_the_reader_asks(reader):
    assert any("assets/js/run.js" in url for url in reader.requests)
    assert not [url for url in reader.requests if any(name in url for name in HEAVY)]


def test_a_run_replaces_the_recorded_output_and_there_is_a_way_back(reader, site, root):
    recorded = reader.recorded.inner_text()
    assert "with the recorded output" in reader.run()
    assert reader.panel.locator("code").inner_text().strip() == recorded.strip()
    assert reader.panel.is_visible() and not reader.recorded.is_visible()
    reader.press("Show the recorded output")
    assert reader.recorded.is_visible() and not reader.panel.is_visible()
    reader.press("Show your output")
    assert reader.panel.is_visible()
    outside = [url for url in reader.requests if not url.startswith((site.address, "blob:", "data:"))]
    assert not outside and any("vendor/pyodide" in url for url in reader.requests)
    kept = "async () => (await (await caches.open((await caches.keys())[0])).keys()).length"
    reader.page.wait_for_function(f"({kept})().then((n) => n === 3)")  # all but the module, which is imported


def test_edits_errors_and_reset(reader, root):
    original = reader.bar.locator("xpath=preceding-sibling::*[2]").locator("pre code").inner_text()
    told = reader.run("print('mine')")
    # The file goes on after the section, and misses what the reader removed.
    assert "error" in told and "mine" in reader.panel.inner_text()
    assert "NameError: name 'step' is not defined" in reader.panel.inner_text()
    assert "another part of the file" in reader.panel.inner_text()

    code = original.replace("0.3", "0.6")
    reader.run(code)
    assert "0.2485" in reader.panel.inner_text()  # four times the recorded loss
    reader.run(code.replace("return np.mean", "return nonsense"))
    shown = reader.panel.inner_text()
    line = 1 + code[: code.index("return np.mean")].count("\n")
    assert f"Line {line} of this block." in shown and "NameError: name 'nonsense'" in shown
    assert shown.count('File "') == 2 and "pyodide" not in shown and "inpage" not in shown

    message = (root / "snippets/errors/transformers-bitsandbytes-missing/expected.txt").read_text().strip()
    reader.run(f"raise ImportError({message!r})")
    link = reader.panel.get_by_role("link")
    assert link.get_attribute("href").endswith("/errors/transformers-bitsandbytes-missing/")
    assert reader.page.request.get(link.get_attribute("href")).ok

    reader.run("x = 1 +\n")
    assert "SyntaxError: invalid syntax" in reader.panel.inner_text()
    reader.press("Reset")
    assert reader.recorded.is_visible() and not reader.editor.is_visible()
    assert "with the recorded output" in reader.run()


def test_endless_loops_memory_and_output_are_bounded(reader):
    reader.type("while True:\n    print('again')\n")
    reader.press("Run")
    reader.panel.get_by_text("again").wait_for()
    reader.press("Stop")
    reader.bar.get_by_text("Stopped.").wait_for()
    assert reader.page.evaluate("document.activeElement.textContent") == "Run"
    assert "error" in reader.run("held = bytearray(1 << 30)")
    assert "MemoryError" in reader.panel.inner_text()
    reader.run("print('x' * 300_000)\nraise SystemExit")
    assert reader.panel.locator("code").inner_text().count("x") == 100_000
    assert "Output cut after 100,000 characters." in reader.panel.inner_text()


def test_by_keyboard_and_on_a_phone(reader):
    page = reader.page
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload(wait_until="networkidle")
    try:
        reader.bar.get_by_role("button", name="Edit").focus()
        page.keyboard.press("Enter")
        reader.editor.wait_for()
        page.wait_for_function("() => document.activeElement.shadowRoot?.activeElement")
        page.keyboard.press("Control+Home")
        page.keyboard.type("print('s, f and / are letters')\n")  # and open the theme's search elsewhere
        page.keyboard.press("Tab")  # indents; the same with Shift takes it back
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Control+Enter")
        reader.panel.get_by_text("s, f and / are letters").wait_for()
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.textContent").startswith("Run")
        outline = "getComputedStyle(document.activeElement).outlineStyle"
        assert page.evaluate(outline) != "none"
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        for button in reader.bar.get_by_role("button").all():
            assert button.bounding_box()["height"] >= 40
        assert reader.status.get_attribute("role") == "status"
        page.evaluate(AXE_SCRIPT)
        result = page.evaluate(
            "bar => axe.run([bar, bar.nextElementSibling, bar.previousElementSibling.previousElementSibling], "
            "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']})",
            reader.bar.element_handle(),
        )
        assert result["passes"]
        bad = [one for one in result["violations"] if one["impact"] in ("serious", "critical")]
        assert not bad, [(one["id"], [node["html"] for node in one["nodes"]]) for one in bad]
    finally:
        page.set_viewport_size({"width": 1280, "height": 900})


def test_an_exercise_gives_hints_until_it_is_right_and_is_remembered(reader, site, root):
    page = reader.page
    text = (root / "snippets/03_gptq/exercise_order.py").read_text()
    first, last = sections(text)["start"]
    start = "\n".join(text.splitlines()[first:last])
    wrong = start.replace(
        "    return sweep(W, H)",
        "    order = np.argsort(-np.diag(H), kind='stable')\n    return sweep(W[:, order], H[order][:, order])",
    )
    first, last = sections(text)["solution"]
    solution = "\n".join(text.splitlines()[first:last])

    attempt = Reader(page, ATTEMPT)
    attempt.run(name="Check")
    assert "Not yet. Nothing has changed" in attempt.panel.inner_text()
    attempt.run(wrong, name="Check")
    assert "put each back in its place" in attempt.panel.inner_text()
    assert "assert" not in attempt.panel.inner_text()
    attempt.run(start + "\nordered = None\n", name="Check")
    assert "TypeError" in attempt.panel.inner_text()
    assert "Right." in attempt.run(start + "\n\n" + solution, name="Check")

    page.goto(site.address + "learn/", wait_until="networkidle")
    assert "1 exercise solved, 0 exercises tried" in page.locator("#fb-progress").inner_text()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as a file").click()
    kept = json.loads(saved.value.path().read_text())
    assert kept["exercises"]["03_gptq/exercise_order.py"]["tries"] == 4
    page.get_by_role("button", name="Erase").click()
    page.get_by_role("button", name="Erase everything, really").click()
    page.get_by_text("Erased.").wait_for()
    assert page.evaluate("localStorage.getItem('fourbit.progress')") is None
    assert page.evaluate("caches.keys()") == []
    page.locator("#fb-progress input").set_input_files(saved.value.path())
    page.get_by_text("Loaded.").wait_for()
    page.goto(site.address + CHAPTER, wait_until="networkidle")
    page.get_by_text("Solved on").wait_for()
    assert "np.argsort(columns)" in Reader(page, ATTEMPT).editor.inner_text()


def test_the_policy_for_deployers_is_enough(browser, site):
    header = policy.header(site.folder)
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(START)

    def answer(route):
        response = route.fetch()
        route.fulfill(response=response, headers={**response.headers, "content-security-policy": header})

    context.route("**/*", answer)
    broken = "addEventListener('securitypolicyviolation', (e) => (globalThis.broken ??= []).push(e.violatedDirective))"
    page.add_init_script(broken)
    page.goto(site.address + CHAPTER)
    reader = Reader(page, BLOCK)
    assert "with the recorded output" in reader.run()
    assert "error" in reader.run("print(f'{6 * 7} is shown')")
    assert "42 is shown" in reader.panel.inner_text()
    six = "(code) => getComputedStyle([...code.querySelectorAll('span')].find((one) => one.textContent === '6')).color"
    assert reader.editor.evaluate(six) != reader.editor.evaluate("(code) => getComputedStyle(code).color")
    assert not page.evaluate("globalThis.broken")
    context.close()
